package org.zowarmup.record;

import java.util.Locale;

/**
 * Says how well zeroth-order scalars survive a reduced precision: at the pivot a sample of probes
 * runs in fp32 and in {@code zo.precision}.
 *
 * @param correlation Pearson's, of the scalars g
 * @param probes how many
 */
public record PrecisionCheck(String precision, double correlation, int probes) {
  /** Below this the run is warned of. */
  public static final double ENOUGH = 0.9;

  /** True where the scalars say enough of those in fp32; NaN is not enough. */
  public boolean isEnough() {
    return correlation >= ENOUGH;
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
    return isEnough()
        ? found
        : found
            + ", below "
            + ENOUGH
            + ": rounding drowns the signal; use zo.precision=fp32 or tf32, or raise zo.epsilon";
  }
}
