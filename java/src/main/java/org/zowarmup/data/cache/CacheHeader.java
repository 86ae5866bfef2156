package org.zowarmup.data.cache;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.zowarmup.data.ChannelLevels;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.format.bytes.Planes;

/**
 * What stands before the pixels.
 *
 * @param original where the images came from
 * @param fingerprint what the original was when it was converted
 */
record CacheHeader(
    String original,
    String fingerprint,
    int height,
    int width,
    int channels,
    List<String> classNames,
    Part train,
    Part test) {
  private static final int MAX_SIDE = 1 << 14;
  private static final int MAX_NAMES = 1 << 20;

  /**
   * One of the two sets.
   *
   * @param levels as {@link ImageSet#levels()}
   * @param checksums CRC-32C of each block of pixels
   */
  record Part(int[] labels, ChannelLevels levels, int[] checksums) {
    long pixelBytes(CacheHeader header) {
      return (long) labels.length * header.height * header.width * header.channels;
    }
  }

  static CacheHeader of(DataSet data, String fingerprint) {
    return new CacheHeader(
        data.source(),
        fingerprint,
        data.height(),
        data.width(),
        data.channels(),
        data.train().classNames(),
        part(data.train()),
        part(data.test()));
  }

  private static Part part(ImageSet set) {
    return new Part(set.labels(), set.levels(), PixelBlocks.checksums(set.pixels()));
  }

  byte[] toBytes() {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeUTF(original);
      out.writeUTF(fingerprint);
      out.writeInt(height);
      out.writeInt(width);
      out.writeInt(channels);
      out.writeInt(classNames.size());
      for (String name : classNames) {
        out.writeUTF(name);
      }
      write(train, out);
      write(test, out);
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e); // memory does not fail
    }
  }

  private static void write(Part part, DataOutputStream out) throws IOException {
    out.writeInt(part.labels.length);
    for (int label : part.labels) {
      out.writeShort(label);
    }
    for (long[] channel : part.levels.counts()) {
      for (long count : channel) {
        out.writeLong(count);
      }
    }
    out.writeInt(part.checksums.length);
    for (int checksum : part.checksums) {
      out.writeInt(checksum);
    }
  }

  /**
   * @param bytes already checked by their own checksum
   * @throws IOException if they make no sense all the same
   */
  static CacheHeader of(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    String original = in.readUTF();
    String fingerprint = in.readUTF();
    int height = within(in.readInt(), MAX_SIDE);
    int width = within(in.readInt(), MAX_SIDE);
    int channels = within(in.readInt(), 4);
    int classes = within(in.readInt(), MAX_NAMES);
    List<String> names = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      names.add(in.readUTF());
    }
    Part train = read(in, channels, classes);
    Part test = read(in, channels, classes);
    return new CacheHeader(original, fingerprint, height, width, channels, names, train, test);
  }

  private static Part read(DataInputStream in, int channels, int classes) throws IOException {
    int[] labels = new int[within(in.readInt(), in.available() / Short.BYTES)];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = in.readUnsignedShort();
      if (labels[i] >= classes) {
        throw new IOException("label %d of %d classes".formatted(labels[i], classes));
      }
    }
    long[][] levels = new long[channels][Planes.LEVELS];
    for (long[] channel : levels) {
      for (int v = 0; v < channel.length; v++) {
        channel[v] = in.readLong();
      }
    }
    int[] checksums = new int[within(in.readInt(), in.available() / Integer.BYTES)];
    for (int b = 0; b < checksums.length; b++) {
      checksums[b] = in.readInt();
    }
    return new Part(labels, new ChannelLevels(levels), checksums);
  }

  private static int within(int value, int most) throws IOException {
    if (value < 1 || value > most) {
      throw new IOException("a number from 1 to %d, found %d".formatted(most, value));
    }
    return value;
  }
}
