package org.zowarmup.record;

import org.zowarmup.federated.Traffic;

/**
 * What one round gave. Accuracies are fractions from 0 to 1; null stands where the round was not
 * evaluated.
 *
 * @param round from 1, counted through both phases
 * @param phase {@code warmup} or {@code zo}
 * @param trainLoss mean loss that the cohort saw while training
 * @param traffic bytes of this round
 * @param seconds wall time of this round, its evaluation included
 */
public record RoundMetrics(
    String method,
    long seed,
    int round,
    String phase,
    double trainLoss,
    Double testLoss,
    Double testAccuracy,
    Double validationLoss,
    Double validationAccuracy,
    Traffic traffic,
    double seconds) {
  /** The same round with what an evaluation gave. */
  public RoundMetrics measured(
      Double testLoss, Double testAccuracy, Double validationLoss, Double validationAccuracy) {
    return new RoundMetrics(
        method,
        seed,
        round,
        phase,
        trainLoss,
        testLoss,
        testAccuracy,
        validationLoss,
        validationAccuracy,
        traffic,
        seconds);
  }
}
