package org.zowarmup.data;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.bytedeco.javacpp.BytePointer;

/** A checksum of all images and labels, by which a run knows its data set again. */
public final class DataChecksum {
  private static final long CHUNK_BYTES = 1L << 30;

  private DataChecksum() {}

  /** Shapes and CRC-32C of both parts, as text. */
  public static String of(DataSet data) {
    return of(data.train()) + ", " + of(data.test());
  }

  private static String of(ImageSet set) {
    CRC32C crc = new CRC32C();
    BytePointer pixels = set.pixels();
    for (long from = 0; from < pixels.capacity(); from += CHUNK_BYTES) {
      long bytes = Math.min(CHUNK_BYTES, pixels.capacity() - from);
      // a view, which owns nothing: the pointer's own limit stays as it is for other readers
      BytePointer part = new BytePointer(pixels).position(from).limit(from + bytes);
      crc.update(part.asByteBuffer());
    }
    ByteBuffer labels = ByteBuffer.allocate(set.count() * Integer.BYTES);
    labels.asIntBuffer().put(set.labels());
    crc.update(labels);
    return "%d images of %dx%dx%d %08x"
        .formatted(set.count(), set.height(), set.width(), set.channels(), crc.getValue());
  }
}
