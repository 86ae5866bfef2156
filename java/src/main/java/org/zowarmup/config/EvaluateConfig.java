package org.zowarmup.config;

import org.zowarmup.error.Require;

/**
 * When and how the model is evaluated.
 *
 * @param everyRounds rounds between two evaluations
 * @param batch images of an evaluation step
 * @param maxImages at most so many images of the test set, and of the clients' validation images,
 *     the same ones at every evaluation of a seed; null for all
 * @param diagnostics whether the zeroth-order estimator is measured at the pivot
 */
public record EvaluateConfig(int everyRounds, int batch, Integer maxImages, boolean diagnostics) {
  public EvaluateConfig {
    Require.range("everyRounds", everyRounds, 1, 1_000_000);
    Require.range("batch", batch, 1, 65_536);
    if (maxImages != null) {
      Require.range("maxImages", maxImages, 1, Integer.MAX_VALUE);
    }
  }
}
