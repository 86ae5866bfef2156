package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.junit.jupiter.api.Test;

class DirectionsTest {
  private static final int RADEMACHER = 0;
  private static final int GAUSSIAN = 1;
  private static final long SEED = 0x0123456789ABCDEFL;

  // The first tensors touch, then comes a gap of four blocks, then one that several threads share.
  private static final long[] SIZES = {1, 13, 127, 128, 129, 207, 4098, 0, 50_001};
  private static final long[] OFFSETS = {0, 128, 256, 384, 512, 768, 1024, 5760, 5760};
  private static final int LENGTH = 5760 + 50_001 + 47;

  @Test
  void signsAreTheBitsOfPhilox() {
    long[] starts = {0, 1, 31, 32, 127, 128, 1000, (1L << 39) - 70, (1L << 40) + 5};
    for (long from : starts) {
      for (int n : Variants.SIZES) {
        float[] expected = new float[n];
        for (int j = 0; j < n; j++) {
          expected[j] = signFromPhilox(from + j);
        }
        float[][] found = Variants.sameBits("signs", threads -> fill(from, n, RADEMACHER));
        Variants.assertBits(expected, found[0], "signs from " + from);
      }
    }
  }

  private long blockInHand = -1;
  private final int[] wordsInHand = new int[4];

  private float signFromPhilox(long i) {
    if (i >> 7 != blockInHand) {
      blockInHand = i >> 7;
      int low = (int) blockInHand;
      int high = (int) (blockInHand >>> 32);
      try (IntPointer counter = new IntPointer(low, high, RADEMACHER, 0);
          IntPointer out = new IntPointer(4)) {
        NativeCpu.philox(SEED, counter, out);
        out.get(wordsInHand);
      }
    }
    return (wordsInHand[(int) (i >> 5) & 3] >> (i & 31) & 1) != 0 ? 1f : -1f;
  }

  private static float[][] fill(long from, int n, int distribution) {
    try (Guarded out = Guarded.filled(n, 7f)) {
      NativeCpu.fillDirection(out.pointer(), from, n, SEED, distribution);
      return new float[][] {out.read()};
    }
  }

  @Test
  void gaussianIsBoxMullerOfPhilox() {
    int n = 4098;
    long from = 3;
    float[] found = Variants.sameBits("gaussian", threads -> fill(from, n, GAUSSIAN))[0];
    int[] words = new int[4];
    for (long block = 1; 4 * block + 3 < from + n; block++) {
      try (IntPointer counter = new IntPointer((int) block, 0, GAUSSIAN, 0);
          IntPointer out = new IntPointer(4)) {
        NativeCpu.philox(SEED, counter, out);
        out.get(words);
      }
      for (int pair = 0; pair < 2; pair++) {
        double u = ((words[2 * pair] >>> 8) + 1) * 0x1p-24;
        double angle = 2 * Math.PI * ((words[2 * pair + 1] >>> 8) * 0x1p-24);
        double radius = Math.sqrt(-2 * Math.log(u));
        int at = (int) (4 * block + 2L * pair - from);
        // 1 ulp each of log (halved by the root), sine and product, of a value of at most 5.8.
        assertEquals(radius * Math.cos(angle), found[at], 1e-6, "element " + (from + at));
        assertEquals(radius * Math.sin(angle), found[at + 1], 1e-6, "element " + (from + at + 1));
      }
    }
  }

  @Test
  void perturbsTheSegmentsAndNothingElse() {
    float[] w = Variants.normal(new Random(1), LENGTH);
    for (int distribution : new int[] {RADEMACHER, GAUSSIAN}) {
      float eps = 0.37f;
      float[] z = fill(0, LENGTH, distribution)[0];
      float[][] expected = {new float[LENGTH], new float[LENGTH]};
      Arrays.fill(expected[0], 9f);
      Arrays.fill(expected[1], 9f);
      for (int s = 0; s < SIZES.length; s++) {
        for (int i = (int) OFFSETS[s]; i < OFFSETS[s] + SIZES[s]; i++) {
          expected[0][i] = w[i] + eps * z[i];
          expected[1][i] = w[i] - eps * z[i];
        }
      }
      float[][] found =
          Variants.sameBits("perturbPair", threads -> perturb(w, eps, distribution, threads));
      Variants.assertBits(expected[0], found[0], "plus, distribution " + distribution);
      Variants.assertBits(expected[1], found[1], "minus, distribution " + distribution);
    }
  }

  private static float[][] perturb(float[] w, float eps, int distribution, int threads) {
    try (Guarded base = new Guarded(w, 1);
        Guarded plus = Guarded.filled(w.length, 9f);
        Guarded minus = Guarded.filled(w.length, 9f);
        LongPointer offsets = new LongPointer(OFFSETS);
        LongPointer sizes = new LongPointer(SIZES)) {
      NativeCpu.perturbPair(
          base.pointer(),
          plus.pointer(),
          minus.pointer(),
          offsets,
          sizes,
          SIZES.length,
          SEED,
          eps,
          distribution,
          threads);
      Variants.assertBits(w, base.read(), "w is only read");
      return new float[][] {plus.read(), minus.read()};
    }
  }

  /** So large that the stores stream past the caches. */
  @Test
  void perturbsLargeBuffers() {
    int n = 5_000_003;
    float[] z = new float[n];
    float[][] found =
        Variants.sameBits(
            "large perturbPair",
            threads -> {
              try (FloatPointer w = new FloatPointer(n);
                  Guarded plus = Guarded.filled(n, 9f);
                  Guarded minus = Guarded.filled(n, 9f);
                  LongPointer offset = new LongPointer(new long[] {0L});
                  LongPointer size = new LongPointer(new long[] {n})) {
                NativeCpu.fillDirection(w, 0, n, 5, RADEMACHER);
                w.get(z);
                NativeCpu.perturbPair(
                    w,
                    plus.pointer(),
                    minus.pointer(),
                    offset,
                    size,
                    1,
                    5,
                    0.25f,
                    RADEMACHER,
                    threads);
                return new float[][] {plus.read(), minus.read()};
              }
            });
    for (int i = 0; i < n; i++) {
      assertTrue(found[0][i] == 1.25f * z[i] && found[1][i] == 0.75f * z[i], "element " + i);
    }
  }

  @Test
  void accumulatesInListOrder() {
    for (int distribution : new int[] {RADEMACHER, GAUSSIAN}) {
      for (int terms : new int[] {0, 1, 7, 32, 33, 70}) {
        for (float beta : new float[] {1f, 0.9f, 0f}) {
          accumulates(distribution, terms, beta);
        }
      }
    }
  }

  private static void accumulates(int distribution, int terms, float beta) {
    Random random = new Random(terms);
    float[] y = Variants.normal(random, LENGTH);
    float[] coefficients = Variants.normal(random, terms);
    long[] seeds = random.longs(terms).toArray();
    float[] sums = new float[LENGTH];
    for (int k = 0; k < terms; k++) {
      float[] z = new float[LENGTH];
      try (FloatPointer out = new FloatPointer(LENGTH)) {
        NativeCpu.fillDirection(out, 0, LENGTH, seeds[k], distribution);
        out.get(z);
      }
      for (int i = 0; i < LENGTH; i++) {
        sums[i] += coefficients[k] * z[i];
      }
    }
    float[] expected = y.clone();
    for (int s = 0; s < SIZES.length; s++) {
      for (int i = (int) OFFSETS[s]; i < OFFSETS[s] + SIZES[s]; i++) {
        expected[i] = beta == 0 ? sums[i] : beta * y[i] + sums[i];
      }
    }
    String what = "distribution " + distribution + ", " + terms + " terms, beta " + beta;
    float[][] found =
        Variants.sameBits(
            what,
            threads -> {
              try (Guarded buffer = new Guarded(y);
                  LongPointer offsets = new LongPointer(OFFSETS);
                  LongPointer sizes = new LongPointer(SIZES);
                  LongPointer keys = new LongPointer(seeds);
                  FloatPointer factors = new FloatPointer(coefficients)) {
                NativeCpu.accumulateSeeds(
                    buffer.pointer(),
                    beta,
                    offsets,
                    sizes,
                    SIZES.length,
                    keys,
                    factors,
                    terms,
                    distribution,
                    threads);
                return new float[][] {buffer.read()};
              }
            });
    Variants.assertBits(expected, found[0], what);
  }

  @Test
  void betaZeroOverwritesEvenNaN() {
    try (FloatPointer y = new FloatPointer(Float.NaN, Float.NaN);
        LongPointer offset = new LongPointer(new long[] {0L});
        LongPointer size = new LongPointer(new long[] {2L});
        LongPointer seeds = new LongPointer(new long[] {0L});
        FloatPointer coefficients = new FloatPointer(0f)) {
      NativeCpu.accumulateSeeds(y, 0f, offset, size, 1, seeds, coefficients, 0, RADEMACHER, 1);
      assertEquals(0f, y.get(0));
      assertEquals(0f, y.get(1));
    }
  }

  @Test
  void refusesSegmentsOffTheBlocks() {
    try (FloatPointer buffer = new FloatPointer(1000);
        LongPointer offsets = new LongPointer(new long[] {0L, 100L});
        LongPointer sizes = new LongPointer(new long[] {5L, 5L})) {
      RuntimeException refusal =
          assertThrows(
              RuntimeException.class,
              () ->
                  NativeCpu.perturbPair(
                      buffer, buffer, buffer, offsets, sizes, 2, 1, 1f, RADEMACHER, 1));
      assertTrue(refusal.getMessage().contains("segment 1"), refusal.getMessage());
      assertThrows(
          RuntimeException.class, () -> NativeCpu.fillDirection(buffer, 0, 10, 1, /* no such */ 2));
    }
  }
}
