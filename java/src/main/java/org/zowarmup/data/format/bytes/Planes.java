package org.zowarmup.data.format.bytes;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.zowarmup.nativecpu.NativeCpu;

/** Passes over pixels, with their lengths checked. */
public final class Planes {
  /** Values of a byte. */
  public static final int LEVELS = 256;

  private Planes() {}

  /**
   * Images stored plane by plane, made into images stored pixel by pixel.
   *
   * @param in uint8 [images, channels, pixels]; an image starts every {@code stride} bytes
   * @param out uint8 [images, pixels, channels]
   */
  public static void interleave(
      BytePointer in, long stride, BytePointer out, long images, long pixels, long channels) {
    long image = pixels * channels;
    if (stride < image
        || images < 1
        || in.limit() - in.position() < (images - 1) * stride + image
        || out.limit() - out.position() < images * image) {
      throw new IndexOutOfBoundsException(
          "%d images of %d x %d every %d bytes: from %d bytes into %d"
              .formatted(
                  images,
                  pixels,
                  channels,
                  stride,
                  in.limit() - in.position(),
                  out.limit() - out.position()));
    }
    NativeCpu.interleavePlanes(in, stride, out, images, pixels, channels);
  }

  /**
   * Counts how often every value occurs in a channel.
   *
   * @param in uint8 [pixels, channels]
   * @return [channels][256]
   */
  public static long[][] levels(BytePointer in, long pixels, int channels) {
    if (in.limit() - in.position() < pixels * channels) {
      throw new IndexOutOfBoundsException(
          "%d pixels of %d channels in %d bytes"
              .formatted(pixels, channels, in.limit() - in.position()));
    }
    try (LongPointer counts = new LongPointer((long) channels * LEVELS)) {
      counts.fill(0);
      NativeCpu.countLevels(in, pixels, channels, counts);
      long[][] levels = new long[channels][LEVELS];
      for (int c = 0; c < channels; c++) {
        counts.position((long) c * LEVELS).get(levels[c]);
      }
      counts.position(0);
      return levels;
    }
  }
}
