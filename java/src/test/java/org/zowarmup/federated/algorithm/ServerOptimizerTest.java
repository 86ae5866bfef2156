package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.ServerConfig.Aggregate;
import org.zowarmup.config.ServerConfig.Optimizer;

/** The published recurrences, written out in double. */
class ServerOptimizerTest {
  private static final double[] DELTAS = {0.5, -0.25, 2, 0, -1e-3};

  private static ServerConfig config(Optimizer optimizer) {
    return new ServerConfig(optimizer, 0.02, 0.8, 0.95, 1e-2, Aggregate.MEAN, 0.1);
  }

  @Test
  void momentumIsFedAvgM() {
    ServerOptimizer optimizer = new ServerOptimizer(config(Optimizer.MOMENTUM));
    float[] weights = {1, -3};
    double w = 1;
    double m = 0;
    for (double delta : DELTAS) {
      optimizer.step(weights, new float[] {(float) delta, 0});
      m = 0.8 * m + delta;
      w += m;
      assertEquals(w, weights[0], 1e-6);
    }
    assertEquals(-3f, weights[1], "no change, no step");
  }

  @Test
  void adamIsAlgorithm2OfReddi() {
    ServerOptimizer optimizer = new ServerOptimizer(config(Optimizer.ADAM));
    float[] weights = {1};
    double w = 1;
    double m = 0;
    double v = 1e-4;
    for (double delta : DELTAS) {
      optimizer.step(weights, new float[] {(float) delta});
      m = 0.8 * m + 0.2 * delta;
      v = 0.95 * v + 0.05 * delta * delta;
      w += 0.02 * m / (Math.sqrt(v) + 1e-2);
      assertEquals(w, weights[0], 1e-6);
    }
  }

  @Test
  void yogiIsAlgorithm2OfReddi() {
    ServerOptimizer optimizer = new ServerOptimizer(config(Optimizer.YOGI));
    float[] weights = {1};
    double w = 1;
    double m = 0;
    double v = 1e-4;
    for (double delta : DELTAS) {
      optimizer.step(weights, new float[] {(float) delta});
      m = 0.8 * m + 0.2 * delta;
      v = v - 0.05 * delta * delta * Math.signum(v - delta * delta);
      w += 0.02 * m / (Math.sqrt(v) + 1e-2);
      assertEquals(w, weights[0], 1e-6);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStateTakenBackGoesOnToTheBit(Optimizer name) {
    ServerOptimizer one = new ServerOptimizer(config(name));
    float[] weights = {1, 2};
    one.step(weights, new float[] {0.3f, -0.1f});
    ServerOptimizer two = new ServerOptimizer(config(name));
    two.restore(one.state());
    float[] other = weights.clone();
    for (int i = 0; i < 3; i++) {
      one.step(weights, new float[] {-0.2f, 0.7f});
      two.step(other, new float[] {-0.2f, 0.7f});
    }
    assertArrayEquals(weights, other);
  }
}
