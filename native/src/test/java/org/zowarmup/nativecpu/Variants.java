package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.function.IntFunction;

/** Every instruction set of this processor with teams of 1, 2 and 3. */
final class Variants {
  static final int[] SIZES = {0, 1, 13, 127, 128, 129, 207, 4098, 50_001};

  private Variants() {}

  /** Runs a computation in every variant, wants the same bits of all, and returns them. */
  static float[][] sameBits(String what, IntFunction<float[][]> ofThreads) {
    int best = NativeCpu.isa();
    float[][] expected = null;
    try {
      for (int isa = NativeCpu.ISA_PORTABLE; isa <= NativeCpu.ISA_AVX512; isa++) {
        if (NativeCpu.setIsa(isa) != isa) {
          continue;
        }
        for (int threads = 1; threads <= 3; threads++) {
          float[][] found = ofThreads.apply(threads);
          if (expected == null) {
            expected = found;
          }
          for (int i = 0; i < found.length; i++) {
            assertBits(
                expected[i],
                found[i],
                what + ", output " + i + ", isa " + isa + ", " + threads + " threads");
          }
        }
      }
    } finally {
      NativeCpu.setIsa(best);
    }
    return expected;
  }

  static void assertBits(float[] expected, float[] found, String what) {
    assertEquals(expected.length, found.length, what);
    int[] expectedBits = new int[expected.length];
    int[] foundBits = new int[found.length];
    for (int i = 0; i < expected.length; i++) {
      expectedBits[i] = Float.floatToIntBits(expected[i]);
      foundBits[i] = Float.floatToIntBits(found[i]);
    }
    assertArrayEquals(expectedBits, foundBits, what);
  }

  static float[] normal(Random random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
