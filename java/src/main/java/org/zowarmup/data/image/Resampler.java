package org.zowarmup.data.image;

/**
 * Resizes images of bytes as Pillow's {@code Image.resize(size, BILINEAR)} does, to the last bit: a
 * triangle as wide as the scale (so that a smaller image is a mean, not a choice of pixels), one
 * pass over rows and one over columns, weights of 22 bits, each pass rounded to bytes.
 */
final class Resampler {
  private static final int BITS = 22;

  /**
   * Weights of one pass.
   *
   * @param first [out] the first pixel that counts
   * @param weights [out][] weights in units of 2^-22
   */
  private record Weights(int[] first, int[][] weights) {}

  private Resampler() {}

  /**
   * @param in [height, width, channels]
   * @return [toHeight, toWidth, channels]
   */
  static byte[] resize(byte[] in, int height, int width, int channels, int toHeight, int toWidth) {
    byte[] rows = in;
    if (toWidth != width) {
      rows = new byte[height * toWidth * channels];
      pass(in, rows, weights(width, toWidth), height, width, channels);
    }
    if (toHeight == height) {
      return rows;
    }
    byte[] out = new byte[toHeight * toWidth * channels];
    // A column is a row whose pixels are whole rows.
    pass(rows, out, weights(height, toHeight), 1, height, toWidth * channels);
    return out;
  }

  /** Resizes lines of pixels, each of so many bytes. */
  private static void pass(byte[] in, byte[] out, Weights by, int lines, int width, int bytes) {
    int to = by.first.length;
    for (int line = 0; line < lines; line++) {
      for (int x = 0; x < to; x++) {
        int[] weights = by.weights[x];
        int from = (line * width + by.first[x]) * bytes;
        for (int b = 0; b < bytes; b++) {
          int sum = 1 << (BITS - 1);
          for (int k = 0; k < weights.length; k++) {
            sum += Byte.toUnsignedInt(in[from + k * bytes + b]) * weights[k];
          }
          out[(line * to + x) * bytes + b] = (byte) Math.max(0, Math.min(255, sum >> BITS));
        }
      }
    }
  }

  private static Weights weights(int in, int out) {
    double scale = (double) in / out;
    double wide = Math.max(1, scale);
    int[] first = new int[out];
    int[][] weights = new int[out][];
    for (int x = 0; x < out; x++) {
      double centre = (x + 0.5) * scale;
      int low = Math.max(0, (int) (centre - wide + 0.5));
      int high = Math.min(in, (int) (centre + wide + 0.5));
      double[] exact = new double[high - low];
      double total = 0;
      for (int k = 0; k < exact.length; k++) {
        exact[k] = Math.max(0, 1 - Math.abs((k + low - centre + 0.5) * (1 / wide)));
        total += exact[k];
      }
      first[x] = low;
      weights[x] = new int[exact.length];
      for (int k = 0; k < exact.length; k++) {
        weights[x][k] = (int) (0.5 + exact[k] / total * (1 << BITS));
      }
    }
    return new Weights(first, weights);
  }
}
