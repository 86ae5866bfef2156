package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
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

  @Test
  void aRunIsWarnedBelowTheBoundAndWhereNothingVaries() {
    assertTrue(new PrecisionCheck("bf16", 0.9, 32).isEnough());
    PrecisionCheck low = new PrecisionCheck("bf16", 0.8999, 32);
    assertFalse(low.isEnough());
    assertEquals(
        "precision: 32 probes in bf16 and in fp32 correlate by 0.8999, below 0.9: rounding drowns"
            + " the signal; use zo.precision=fp32 or tf32, or raise zo.epsilon",
        low.line());
    double[] flat = {0, 0, 0};
    double none = PrecisionProbes.correlation(new double[] {1, 2, 3}, flat);
    assertTrue(Double.isNaN(none));
    assertFalse(new PrecisionCheck("bf16", none, 3).isEnough());
  }
}
