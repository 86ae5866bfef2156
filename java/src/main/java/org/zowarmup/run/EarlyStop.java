package org.zowarmup.run;

import java.util.List;
import org.zowarmup.config.RunConfig;
import org.zowarmup.record.RoundMetrics;

/**
 * Says whether a method ends before its last round: {@code evaluate.patience} evaluations in a row
 * gave no better accuracy on the clients' validation images. It follows from config and rows alone,
 * so a resume decides as the run did.
 */
final class EarlyStop {
  private final Integer patience;
  private final int from;
  private double best = Double.NEGATIVE_INFINITY;
  private int bestRound;
  private int without;
  private boolean measured;

  EarlyStop(RunConfig config) {
    patience = config.evaluate().patience();
    // at the pivot other clients and other steps come: what the warm-up had stopped to gain says
    // nothing about them
    from = config.zo().rounds() == 0 ? 0 : config.warmup().rounds();
  }

  /** After the rounds of a method under a seed. */
  static EarlyStop after(List<RoundMetrics> rows, RunConfig config) {
    EarlyStop stop = new EarlyStop(config);
    rows.forEach(row -> stop.add(row.round(), row.validationAccuracy()));
    return stop;
  }

  /**
   * Takes one more round.
   *
   * @param accuracyOrNull on the clients' validation images, null where that was not measured
   * @return whether it is the best so far
   */
  boolean add(int round, Double accuracyOrNull) {
    measured = accuracyOrNull != null;
    if (measured && accuracyOrNull > best) {
      best = accuracyOrNull;
      bestRound = round;
      without = 0;
      return true;
    }
    without += measured && round > from ? 1 : 0;
    return false;
  }

  /** Whether the last round is the end. */
  boolean isOver() {
    return patience != null && measured && without >= patience;
  }

  /** Why, for people. */
  @Override
  public String toString() {
    return "%d evaluations in a row (evaluate.patience) were not better on the validation images than that of round %d"
        .formatted(without, bestRound);
  }
}
