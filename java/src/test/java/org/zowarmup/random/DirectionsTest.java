package org.zowarmup.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class DirectionsTest {
  private static final int SAMPLES = 1 << 18;
  private static final long[] SEEDS = {0, 1, 2, -1, 0x0123456789ABCDEFL, 1L << 32};

  @Property(tries = 200)
  void anySplitOfAFillGivesTheSame(
      @ForAll Distribution distribution,
      @ForAll long seed,
      @ForAll @LongRange(min = 0, max = 1L << 41) long from,
      @ForAll @IntRange(min = 1, max = 700) int size,
      @ForAll @IntRange(min = 0, max = 700) int cut) {
    float[] whole = new float[size];
    distribution.fill(seed, from, whole);
    int at = Math.min(cut, size);
    float[] head = new float[at];
    float[] tail = new float[size - at];
    distribution.fill(seed, from, head);
    distribution.fill(seed, from + at, tail);
    assertArrayEquals(Arrays.copyOf(whole, at), head);
    assertArrayEquals(Arrays.copyOfRange(whole, at, size), tail);
  }

  @Property(tries = 200)
  void oneSignIsTheFills(@ForAll long seed, @ForAll @LongRange(min = 0, max = 1L << 41) long from) {
    float[] signs = new float[207];
    Directions.rademacher(seed, from, signs);
    for (int j = 0; j < signs.length; j++) {
      assertTrue(Math.abs(signs[j]) == 1f, "a sign");
      assertEquals(signs[j], Directions.sign(seed, from + j), "element " + (from + j));
    }
  }

  /** Contract: block i >> 7, word (i >> 5) & 3, bit i & 31; counter (low, high, stream, 0). */
  @Test
  void signsAreTheBitsOfPhilox() {
    int[] words = new int[4];
    for (long block : new long[] {0, 1, 0xFFFFFFFFL, 1L << 32, (1L << 40) + 3}) {
      Philox.block(77, (int) block, (int) (block >>> 32), 0, 0, words);
      for (int i = 0; i < 128; i++) {
        float expected = (words[i / 32] >>> (i % 32) & 1) == 1 ? 1f : -1f;
        assertEquals(expected, Directions.sign(77, 128 * block + i), "bit " + i);
      }
    }
  }

  /** Bounds of 4.5 standard errors: over these 36 fixed checks a right generator passes. */
  @Test
  void momentsAreThoseOfTheLaw() {
    double root = Math.sqrt(SAMPLES);
    for (long seed : SEEDS) {
      double[] signs = moments(seed, Distribution.RADEMACHER);
      assertEquals(0, signs[0], 4.5 / root, "mean of signs, seed " + seed);
      assertEquals(1, signs[1], 0, "variance of signs, seed " + seed);
      double[] normal = moments(seed, Distribution.GAUSSIAN);
      assertEquals(0, normal[0], 4.5 / root, "mean, seed " + seed);
      assertEquals(1, normal[1], 4.5 * Math.sqrt(2) / root, "variance, seed " + seed);
      assertEquals(0, normal[2], 4.5 * Math.sqrt(15) / root, "third moment, seed " + seed);
      assertEquals(3, normal[3], 4.5 * Math.sqrt(96) / root, "fourth moment, seed " + seed);
    }
  }

  private static double[] moments(long seed, Distribution distribution) {
    float[] z = new float[SAMPLES];
    distribution.fill(seed, 0, z);
    double[] moments = new double[4];
    for (double value : z) {
      double power = 1;
      for (int k = 0; k < moments.length; k++) {
        power *= value;
        moments[k] += power / SAMPLES;
      }
    }
    return moments;
  }

  @Test
  void seedsAndNeighboursAreUncorrelated() {
    double bound = 4.5 / Math.sqrt(SAMPLES);
    for (Distribution distribution : Distribution.values()) {
      float[][] z = new float[SEEDS.length][SAMPLES];
      for (int s = 0; s < SEEDS.length; s++) {
        distribution.fill(SEEDS[s], 0, z[s]);
      }
      for (int s = 0; s < SEEDS.length; s++) {
        for (int t = 0; t < s; t++) {
          assertEquals(0, correlation(z[s], z[t], 0), bound, distribution + " " + s + ", " + t);
        }
        for (int lag : new int[] {1, 2, 3, 4, 32, 128}) {
          assertEquals(0, correlation(z[s], z[s], lag), bound, distribution + " lag " + lag);
        }
      }
    }
  }

  private static double correlation(float[] a, float[] b, int lag) {
    double sum = 0;
    for (int i = lag; i < a.length; i++) {
      sum += (double) a[i] * b[i - lag];
    }
    return sum / a.length;
  }
}
