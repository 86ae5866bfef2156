package org.zowarmup.device;

/**
 * Losses that a probe found: sums over its samples, in their order, in double.
 *
 * @param lossSumPlus at w + epsilon z
 * @param lossSumMinus at w - epsilon z; NaN where the probe is one-sided
 * @param count samples
 */
public record ProbeResult(double lossSumPlus, double lossSumMinus, int count) {
  /** Of a one-sided probe. */
  public static ProbeResult ofPlus(double lossSumPlus, int count) {
    return new ProbeResult(lossSumPlus, Double.NaN, count);
  }
}
