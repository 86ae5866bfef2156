package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.ServerConfig.Aggregate;
import org.zowarmup.config.ServerConfig.Optimizer;

class RobustMeanTest {
  private static RobustMean rule(Aggregate aggregate, double trim) {
    return new RobustMean(
        new ServerConfig(Optimizer.AVERAGE, 0.01, 0.9, 0.99, 1e-3, aggregate, trim));
  }

  @ParameterizedTest
  @EnumSource(names = {"MEDIAN", "TRIMMED_MEAN"})
  void equalAnswersAreTheirMean(Aggregate aggregate) {
    for (int n : new int[] {1, 2, 3, 10, 13}) {
      double[] equal = new double[n];
      Arrays.fill(equal, 0.1f);
      assertEquals(0.1f, (float) rule(aggregate, 0.2).of(equal), n + " answers");
    }
  }

  @Test
  void theMedianIsTheMiddle() {
    assertEquals(2, rule(Aggregate.MEDIAN, 0).of(new double[] {1e9, 1, 2}));
    assertEquals(2.5, rule(Aggregate.MEDIAN, 0).of(new double[] {4, -1e9, 2, 3}));
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
    assertEquals(9.5, rule(Aggregate.TRIMMED_MEAN, 0.1).of(values));
    assertEquals(2, rule(Aggregate.TRIMMED_MEAN, 0.3).of(new double[] {1e9, 1, 2, 3, -1e9}));
    assertEquals(3, rule(Aggregate.TRIMMED_MEAN, 0).of(new double[] {1, 2, 6}));
  }

  @Test
  void vectorsGoByCoordinate() {
    float[][] answers = {{1, 10}, {2, -1e9f}, {3, 11}};
    assertArrayEquals(new float[] {2, 10}, rule(Aggregate.MEDIAN, 0).of(answers));
  }
}
