package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.device.Precision;
import org.zowarmup.record.PrecisionCheck;

/** The verdict on the scalars in reduced precision; values of numpy.corrcoef. */
final class PrecisionCheckTest {
  @Test
  void correlationIsPearsons() {
    double[] a = {1, 2, 3, 4, 7};
    double[] b = {2.5, 1, 4, 3, 6};
    // numpy 2.4.6: numpy.corrcoef([1, 2, 3, 4, 7], [2.5, 1, 4, 3, 6])[0, 1]
    assertEquals(0.8418893554, PrecisionProbes.correlation(a, b), 1e-9);
    assertEquals(1, PrecisionProbes.correlation(a, a), 1e-15);
    assertEquals(-1, PrecisionProbes.correlation(a, new double[] {-1, -2, -3, -4, -7}), 1e-15);
  }

  private static PrecisionCheck check(double correlation, double noise) {
    return new PrecisionCheck("bf16", correlation, noise, 0.5, 1e-3, 32);
  }

  @Test
  void aRunIsWarnedBelowTheBoundAndWhereNothingVaries() {
    assertTrue(check(0.9, 0.2).isEnough());
    PrecisionCheck low = check(0.8999, 0.2421);
    assertFalse(low.isEnough());
    assertEquals(
        "precision: 32 probes in bf16 and in fp32 correlate by 0.8999, below 0.9: rounding moves a"
            + " scalar by 0.24, and they spread by 0.50; use zo.epsilon=0.002, zo.precision=tf32 or"
            + " fp32",
        low.line());
    assertTrue(
        check(0.01, 50).line().endsWith("use zo.precision=tf32 or fp32"), "no epsilon helps");
    double[] flat = {0, 0, 0};
    double none = PrecisionProbes.correlation(new double[] {1, 2, 3}, flat);
    assertTrue(Double.isNaN(none));
    PrecisionCheck constant =
        PrecisionProbes.compare(Precision.BF16, 1e-3, flat, new double[] {1, 2, 3});
    assertFalse(constant.isEnough());
    assertTrue(constant.line().endsWith("use zo.precision=tf32 or fp32"), constant.line());
  }

  /**
   * Noise of the losses that does not know epsilon: the advice is where it no longer drowns them.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1e-4, 1e-3, 5e-3})
  void theEpsilonThatIsAdvisedIsLargeEnoughAndNotMuchLarger(double epsilon) {
    Random random = new Random(5);
    double[] g = random.doubles(4000).map(u -> 3 * (u - 0.5)).toArray();
    double[] noise = random.doubles(4000).map(u -> 4e-3 * (u - 0.5)).toArray();
    PrecisionCheck before = at(epsilon, g, noise);
    double better = before.advisedEpsilon();
    // sd of g is 0.866, of the noise 1.155e-3; 1.155e-3 / (2 * 0.866 * 0.3287) = 2.03e-3
    assertEquals(3e-3, better, 1e-12);
    assertTrue(at(better, g, noise).correlation() >= 0.95);
    assertEquals(epsilon < 1e-3 + 1e-9, !before.isEnough());
  }

  private static PrecisionCheck at(double epsilon, double[] g, double[] noise) {
    double[] reduced = new double[g.length];
    for (int i = 0; i < g.length; i++) {
      reduced[i] = g[i] + noise[i] / (2 * epsilon);
    }
    return PrecisionProbes.compare(Precision.BF16, epsilon, g, reduced);
  }
}
