package org.zowarmup.bench.imagenet32;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * Writes one file as the authors' scripts do under Python 3: {@code pickle.dump({'data': ...,
 * 'labels': ..., 'mean': ...})} of protocol 3, with uint8 rows of 3072 plane by plane, a list of
 * labels from 1 and the mean row in float64.
 *
 * <p>An image is a pattern of its class, shifted in brightness, under noise: enough for a network
 * to learn from, and as hard to compress as a photograph.
 */
final class BatchWriter {
  static final int CLASSES = 1000;
  static final int PIXELS = 32 * 32;
  static final int ROW = 3 * PIXELS;
  private static final int APPENDS = 1000;

  private final OutputStream out;
  private int memo;

  private BatchWriter(OutputStream out) {
    this.out = out;
  }

  /** Labels are drawn too, so that classes differ in size as those of ImageNet do. */
  static void write(Path file, int images, long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    int[] labels = random.ints(images, 1, CLASSES + 1).toArray();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      new BatchWriter(out).write(labels, random);
    }
  }

  private void write(int[] labels, SplittableRandom random) throws IOException {
    out.write(new byte[] {(byte) 0x80, 3, '}'});
    put();
    out.write('(');
    text("data");
    arrayHead("u1", '|', labels.length, ROW);
    out.write('B');
    i32(Math.toIntExact((long) labels.length * ROW));
    long[] sums = rows(labels, random);
    arrayEnd();
    text("labels");
    labels(labels);
    text("mean");
    arrayHead("f8", '<', ROW);
    out.write('B');
    i32(ROW * Double.BYTES);
    for (long sum : sums) {
      long bits = Double.doubleToLongBits((double) sum / labels.length);
      i32((int) bits);
      i32((int) (bits >>> 32));
    }
    arrayEnd();
    out.write(new byte[] {'u', '.'});
  }

  /** Returns the sum of each column. */
  private long[] rows(int[] labels, SplittableRandom random) throws IOException {
    long[] sums = new long[ROW];
    byte[] row = new byte[ROW];
    int[] pattern = new int[3 * 16];
    for (int label : labels) {
      SplittableRandom ofClass = new SplittableRandom(label);
      for (int i = 0; i < pattern.length; i++) {
        pattern[i] = 40 + ofClass.nextInt(150);
      }
      int shift = random.nextInt(40) - 20;
      for (int p = 0; p < ROW; p += 8) {
        // 4 x 4 fields a plane; eight pixels of a line lie in one field
        int field = p / PIXELS * 16 + p % PIXELS / 256 * 4 + p % 32 / 8;
        long noise = random.nextLong();
        for (int i = 0; i < 8; i++) {
          int value = pattern[field] + shift + (int) ((noise >>> (8 * i)) & 0x3f) - 32;
          row[p + i] = (byte) Math.max(0, Math.min(255, value));
          sums[p + i] += Byte.toUnsignedInt(row[p + i]);
        }
      }
      out.write(row);
    }
    return sums;
  }

  private void labels(int[] labels) throws IOException {
    out.write(']');
    put();
    for (int from = 0; from < labels.length; from += APPENDS) {
      out.write('(');
      for (int i = from; i < labels.length && i < from + APPENDS; i++) {
        if (labels[i] < 256) {
          out.write(new byte[] {'K', (byte) labels[i]});
        } else {
          out.write(new byte[] {'M', (byte) labels[i], (byte) (labels[i] >> 8)});
        }
      }
      out.write('e');
    }
  }

  /** Everything of an array before its bytes. */
  private void arrayHead(String type, char order, int... shape) throws IOException {
    ascii("cnumpy.core.multiarray\n_reconstruct\n");
    put();
    ascii("cnumpy\nndarray\n");
    put();
    out.write(new byte[] {'K', 0, (byte) 0x85});
    put();
    out.write(new byte[] {'C', 1, 'b'});
    put();
    out.write((byte) 0x87);
    put();
    out.write('R');
    put();
    out.write(new byte[] {'(', 'K', 1});
    for (int extent : shape) {
      out.write('J');
      i32(extent);
    }
    out.write(shape.length == 1 ? (byte) 0x85 : (byte) 0x86);
    put();
    ascii("cnumpy\ndtype\n");
    put();
    text(type);
    out.write(new byte[] {(byte) 0x89, (byte) 0x88, (byte) 0x87});
    put();
    out.write('R');
    put();
    out.write(new byte[] {'(', 'K', 3});
    text(String.valueOf(order));
    ascii("NNN");
    out.write('J');
    i32(-1);
    out.write('J');
    i32(-1);
    out.write(new byte[] {'K', 0, 't'});
    put();
    out.write(new byte[] {'b', (byte) 0x89});
  }

  private void arrayEnd() throws IOException {
    put();
    out.write('t');
    put();
    out.write('b');
  }

  private void text(String text) throws IOException {
    out.write('X');
    i32(text.length());
    ascii(text);
    put();
  }

  private void ascii(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void put() throws IOException {
    out.write(new byte[] {'q', (byte) memo++});
  }

  private void i32(int value) throws IOException {
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(value >>> shift);
    }
  }
}
