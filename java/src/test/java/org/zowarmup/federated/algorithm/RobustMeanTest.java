package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.config.ServerConfig;

class RobustMeanTest {
  private static RobustMean rule(String aggregate, double trim) {
    return new RobustMean(new ServerConfig("average", 0.01, 0.9, 0.99, 1e-3, aggregate, trim));
  }

  @ParameterizedTest
  @ValueSource(strings = {"median", "trimmed-mean"})
  void equalAnswersAreTheirMean(String aggregate) {
    for (int n : new int[] {1, 2, 3, 10, 13}) {
      double[] equal = new double[n];
      Arrays.fill(equal, 0.1f);
      assertEquals(0.1f, (float) rule(aggregate, 0.2).of(equal), n + " answers");
    }
  }

  @Test
  void theMedianIsTheMiddle() {
    assertEquals(2, rule("median", 0).of(new double[] {1e9, 1, 2}));
    assertEquals(2.5, rule("median", 0).of(new double[] {4, -1e9, 2, 3}));
  }

  /**
   * As scipy.stats.trim_mean documents it: trim_mean([0..19], 0.1) is 9.5, and 2 of 20 go at an
   * end.
   */
  @Test
  void theTrimmedMeanLeavesBothEndsOut() {
    double[] values = new double[20];
    for (int i = 0; i < 20; i++) {
      values[i] = 19 - i;
    }
    assertEquals(9.5, rule("trimmed-mean", 0.1).of(values));
    assertEquals(2, rule("trimmed-mean", 0.3).of(new double[] {1e9, 1, 2, 3, -1e9}));
    assertEquals(3, rule("trimmed-mean", 0).of(new double[] {1, 2, 6}));
  }

  @Test
  void vectorsGoByCoordinate() {
    float[][] answers = {{1, 10}, {2, -1e9f}, {3, 11}};
    assertArrayEquals(new float[] {2, 10}, rule("median", 0).of(answers));
  }
}
