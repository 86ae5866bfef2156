package org.zowarmup.random;

/**
 * The directions z(seed, i) of zeroth-order training, in plain Java: entry i of a direction is a
 * function of the seed and i alone, so that a scalar and a seed stand for a whole step. The twin of
 * {@code kernels/src/philox.h} and {@code gaussian.h}, bit for bit.
 */
public final class Directions {
  private static final int SIGN_BLOCK_SHIFT = 7;
  private static final int SIGN_BLOCK_MASK = (1 << SIGN_BLOCK_SHIFT) - 1;
  private static final int GAUSSIAN_BLOCK_SHIFT = 2;
  private static final int GAUSSIAN_BLOCK_MASK = (1 << GAUSSIAN_BLOCK_SHIFT) - 1;

  private Directions() {}

  /** Entry {@code i} (at least 0) of the Rademacher direction of {@code seed}: +1 or -1. */
  public static float sign(long seed, long i) {
    int[] words = new int[4];
    block(seed, i >>> SIGN_BLOCK_SHIFT, RandomStream.RADEMACHER, words);
    return signOf(words, (int) i & SIGN_BLOCK_MASK);
  }

  /** {@code out[j] = sign(seed, from + j)}; {@code from} at least 0. */
  public static void rademacher(long seed, long from, float[] out) {
    int[] words = new int[4];
    for (int j = 0; j < out.length; j++) {
      long i = from + j;
      int within = (int) i & SIGN_BLOCK_MASK;
      if (j == 0 || within == 0) {
        block(seed, i >>> SIGN_BLOCK_SHIFT, RandomStream.RADEMACHER, words);
      }
      out[j] = signOf(words, within);
    }
  }

  /**
   * Entries {@code from} to {@code from + out.length - 1} of the Gaussian direction of {@code
   * seed}; {@code from} at least 0.
   */
  public static void gaussian(long seed, long from, float[] out) {
    int[] words = new int[4];
    float[] deviates = new float[4];
    for (int j = 0; j < out.length; j++) {
      long i = from + j;
      int within = (int) i & GAUSSIAN_BLOCK_MASK;
      if (j == 0 || within == 0) {
        block(seed, i >>> GAUSSIAN_BLOCK_SHIFT, RandomStream.GAUSSIAN, words);
        BoxMuller.pair(words[0], words[1], deviates, 0);
        BoxMuller.pair(words[2], words[3], deviates, 2);
      }
      out[j] = deviates[within];
    }
  }

  private static void block(long seed, long block, RandomStream stream, int[] words) {
    Philox.block(seed, (int) block, (int) (block >>> 32), stream.counterWord(), 0, words);
  }

  private static float signOf(int[] words, int within) {
    return ((words[within >> 5] >>> (within & 31)) & 1) != 0 ? 1.0f : -1.0f;
  }
}
