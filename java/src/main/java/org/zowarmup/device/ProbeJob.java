package org.zowarmup.device;

/**
 * One probe: the summed losses at w' + epsilon z and, for two sides, at w' - epsilon z over the
 * same samples, where w' is the given weights plus the sum of {@code drift}.
 *
 * @param drift steps that this client has taken on its own since the round started; usually none
 * @param seed of z
 * @param epsilon length of the step to either side; 0 for the loss at w' itself
 * @param samples indices into the resident images
 * @param augmentation of these samples, the same for both sides
 * @param sides how many forward passes over the samples the probe costs
 */
public record ProbeJob(
    SeedTerms drift,
    long seed,
    float epsilon,
    int[] samples,
    Augmentation augmentation,
    Sides sides) {
  /** Where losses are asked for. */
  public enum Sides {
    /** At w' + epsilon z and w' - epsilon z. */
    BOTH,
    /** At w' + epsilon z alone: one forward pass instead of two. */
    PLUS
  }

  /** A two-sided probe. */
  public ProbeJob(
      SeedTerms drift, long seed, float epsilon, int[] samples, Augmentation augmentation) {
    this(drift, seed, epsilon, samples, augmentation, Sides.BOTH);
  }

  /** A two-sided probe of images as they are. */
  public ProbeJob(SeedTerms drift, long seed, float epsilon, int[] samples) {
    this(drift, seed, epsilon, samples, Augmentation.NONE);
  }

  /** The same at w' + epsilon z alone. */
  public ProbeJob onOneSide() {
    return new ProbeJob(drift, seed, epsilon, samples, augmentation, Sides.PLUS);
  }

  /** The loss of the same samples at w' itself. */
  public ProbeJob atCenter() {
    return new ProbeJob(drift, seed, 0, samples, augmentation, Sides.PLUS);
  }

  /** True if it asks for the loss at w' itself. */
  public boolean isCenter() {
    return epsilon == 0 && sides == Sides.PLUS;
  }

  /**
   * Losses that a probe found: sums over its samples, in their order, in double.
   *
   * @param lossSumPlus at w + epsilon z
   * @param lossSumMinus at w - epsilon z; NaN where the probe is one-sided
   * @param count samples
   */
  public record Result(double lossSumPlus, double lossSumMinus, int count) {
    /** Of a one-sided probe. */
    public static Result ofPlus(double lossSumPlus, int count) {
      return new Result(lossSumPlus, Double.NaN, count);
    }
  }
}
