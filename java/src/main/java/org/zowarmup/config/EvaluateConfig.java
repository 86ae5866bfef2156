package org.zowarmup.config;

import org.zowarmup.error.Require;

/**
 * When and how the model is evaluated.
 *
 * @param everyRounds rounds between two evaluations
 * @param batch images of an evaluation step
 */
public record EvaluateConfig(int everyRounds, int batch) {
  public EvaluateConfig {
    Require.range("everyRounds", everyRounds, 1, 1_000_000);
    Require.range("batch", batch, 1, 65_536);
  }
}
