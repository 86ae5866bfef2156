package org.zowarmup.record;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Says how well zeroth-order scalars survive a reduced precision: at the pivot a sample of probes
 * runs in fp32 and in {@code zo.precision}.
 *
 * @param correlation Pearson's, of the scalars g
 * @param noise what rounding moves a scalar by, root mean square
 * @param spread standard deviation of the scalars in fp32
 * @param epsilon at which both were measured
 * @param probes how many
 */
public record PrecisionCheck(
    String precision, double correlation, double noise, double spread, double epsilon, int probes) {
  /** Below this the run is warned of. */
  public static final double ENOUGH = 0.9;

  private static final double WANTED = 0.95; // of the correlation at an epsilon that is advised
  private static final double LARGEST = 0.03; // epsilon that did no harm to any estimate

  /** True where the scalars say enough of those in fp32; NaN is not enough. */
  public boolean isEnough() {
    return correlation >= ENOUGH;
  }

  /**
   * The epsilon at which they would: rounding moves the losses by the same whatever epsilon is, so
   * it moves their difference over 2 epsilon by as much less as epsilon is larger. One digit; NaN
   * where no epsilon will do.
   */
  public double advisedEpsilon() {
    double most = spread * Math.sqrt(1 / (WANTED * WANTED) - 1); // noise that leaves WANTED
    double least = epsilon * noise / most;
    if (!(least <= LARGEST)) {
      return Double.NaN;
    }
    return new BigDecimal(least).round(new MathContext(1, RoundingMode.UP)).doubleValue();
  }

  /** The line for the user. */
  public String line() {
    String found =
        String.format(
            Locale.ROOT,
            "precision: %d probes in %s and in fp32 correlate by %.4f",
            probes,
            precision,
            correlation);
    if (isEnough()) {
      return found;
    }
    double better = advisedEpsilon();
    return found
        + String.format(
            Locale.ROOT,
            ", below %s: rounding moves a scalar by %.2g, and they spread by %.2g; use ",
            ENOUGH,
            noise,
            spread)
        + (better > epsilon ? String.format(Locale.ROOT, "zo.epsilon=%s, ", better) : "")
        + "zo.precision=tf32 or fp32";
  }
}
