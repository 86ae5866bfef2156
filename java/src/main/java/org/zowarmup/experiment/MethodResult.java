package org.zowarmup.experiment;

import org.zowarmup.federated.Traffic;

/**
 * How one method ended under one seed. Accuracies are fractions from 0 to 1.
 *
 * @param pivotAccuracy test accuracy after the warm-up, null where the run ended before
 * @param testAccuracy test accuracy at the last evaluation; NaN where there was none, or where the
 *     run was stopped while its last round was evaluated
 * @param testLoss test loss at the same place
 * @param validationAccuracy on the clients' validation split, null without one
 * @param totalTraffic bytes of all rounds
 * @param seconds wall time of all rounds
 * @param roundsDone less than planned where the run was interrupted
 */
public record MethodResult(
    String method,
    long seed,
    Double pivotAccuracy,
    double testAccuracy,
    double testLoss,
    Double validationAccuracy,
    Traffic totalTraffic,
    double seconds,
    int roundsDone,
    int roundsPlanned) {
  /**
   * Whether all planned rounds were run and the last one was measured, so that the result may be
   * compared with others.
   */
  public boolean complete() {
    return roundsDone == roundsPlanned && !Double.isNaN(testAccuracy);
  }
}
