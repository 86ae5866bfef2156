package org.zowarmup.device;

import java.util.Arrays;

/**
 * A list of (seed, coefficient): the sum of coefficient * z(seed), in the order of the list. This
 * is what a zeroth-order round sends, and how weights that have drifted are described without a
 * copy of the model.
 */
public final class SeedTerms {
  /** No term at all. */
  public static final SeedTerms NONE = new SeedTerms(new long[0], new float[0]);

  private final long[] seeds;
  private final float[] coefficients;

  public SeedTerms(long[] seeds, float[] coefficients) {
    if (seeds.length != coefficients.length) {
      throw new IllegalArgumentException(
          seeds.length + " seeds but " + coefficients.length + " coefficients");
    }
    this.seeds = seeds.clone();
    this.coefficients = coefficients.clone();
  }

  public int size() {
    return seeds.length;
  }

  public long seed(int k) {
    return seeds[k];
  }

  public float coefficient(int k) {
    return coefficients[k];
  }

  public long[] seeds() {
    return seeds.clone();
  }

  public float[] coefficients() {
    return coefficients.clone();
  }

  /** This list with one more term at its end. */
  public SeedTerms plus(long seed, float coefficient) {
    long[] moreSeeds = Arrays.copyOf(seeds, seeds.length + 1);
    float[] moreCoefficients = Arrays.copyOf(coefficients, coefficients.length + 1);
    moreSeeds[seeds.length] = seed;
    moreCoefficients[seeds.length] = coefficient;
    return new SeedTerms(moreSeeds, moreCoefficients);
  }
}
