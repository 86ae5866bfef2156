package org.zowarmup.examples;

import java.util.HashMap;
import java.util.Map;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;

/** A callback of every run that has this jar on its class path: prints each method's best round. */
public final class BestRound implements RunListener {
  private final Map<String, RoundMetrics> best = new HashMap<>();

  @Override
  public void roundFinished(RoundMetrics round) {
    if (round.testAccuracy() != null) {
      best.merge(
          round.method(), round, (old, now) -> now.testAccuracy() > old.testAccuracy() ? now : old);
    }
  }

  @Override
  public void finished(RunResult result) {
    best.forEach(
        (method, round) ->
            System.out.printf(
                "best of %s: %.2f %% in round %d%n",
                method, 100 * round.testAccuracy(), round.round()));
  }
}
