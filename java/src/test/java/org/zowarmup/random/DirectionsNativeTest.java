package org.zowarmup.random;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;
import org.zowarmup.nativecpu.NativeCpu;

/** The Java directions and those of C++, bit for bit, on every instruction set at hand. */
class DirectionsNativeTest {
  private static final long[] SEEDS = {0, 1, -1, 0x0123456789ABCDEFL};
  private static final long[] STARTS = {0, 1, 127, 128, 1000, (1L << 39) - 70, (1L << 40) + 5};
  private static final int[] SIZES = {1, 13, 127, 128, 129, 207, 4098};

  @Test
  void javaAndNativeAgree() {
    int best = NativeCpu.isa();
    try {
      for (int isa = 0; isa <= best; isa++) {
        assertEquals(isa, NativeCpu.setIsa(isa));
        for (Distribution distribution : Distribution.values()) {
          for (long seed : SEEDS) {
            for (long from : STARTS) {
              for (int size : SIZES) {
                compare(distribution, seed, from, size);
              }
            }
          }
        }
      }
    } finally {
      NativeCpu.setIsa(best);
    }
  }

  /** Long enough that a rare path of the polynomials, such as u = 1, would show. */
  @Test
  void aMillionDeviatesAgree() {
    compare(Distribution.GAUSSIAN, 20, 0, 1 << 20);
    compare(Distribution.RADEMACHER, 20, 0, 1 << 20);
  }

  private static void compare(Distribution distribution, long seed, long from, int size) {
    float[] expected = new float[size];
    distribution.fill(seed, from, expected);
    float[] found = new float[size];
    try (FloatPointer out = new FloatPointer(size)) {
      NativeCpu.fillDirection(out, from, size, seed, distribution.code());
      out.get(found);
    }
    for (int j = 0; j < size; j++) {
      if (Float.floatToRawIntBits(expected[j]) != Float.floatToRawIntBits(found[j])) {
        assertEquals(
            expected[j],
            found[j],
            distribution
                + " seed "
                + seed
                + ", element "
                + (from + j)
                + ", isa "
                + NativeCpu.isa());
      }
    }
  }
}
