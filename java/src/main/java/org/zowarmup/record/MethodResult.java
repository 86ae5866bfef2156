package org.zowarmup.record;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;

/**
 * The result of one method under one seed. Accuracies are fractions from 0 to 1.
 *
 * @param pivotAccuracy test accuracy after the warm-up, or after as many rounds of a method without
 *     one; null where the run ended before, and without a warm-up
 * @param testAccuracy test accuracy at the last evaluation; NaN where there was none, or where the
 *     run was stopped while its last round was evaluated
 * @param testLoss test loss at the same place
 * @param validationAccuracy on the clients' validation split, null without one
 * @param totalTraffic bytes of all rounds
 * @param totalWork clients and what they computed, all rounds together
 * @param seconds wall time of all rounds
 * @param roundsDone less than planned where the run was interrupted or ended early
 * @param endedEarly whether its validation accuracy had stopped to improve, see {@code
 *     evaluate.patience}
 */
@JsonPropertyOrder({
  "method",
  "seed",
  "testAccuracy",
  "testLoss",
  "pivotAccuracy",
  "validationAccuracy",
  "roundsDone",
  "roundsPlanned",
  "totalTraffic",
  "totalWork",
  "seconds",
  "endedEarly"
})
public record MethodResult(
    String method,
    long seed,
    Double pivotAccuracy,
    double testAccuracy,
    double testLoss,
    Double validationAccuracy,
    @JsonUnwrapped Traffic totalTraffic,
    @JsonUnwrapped Work totalWork,
    double seconds,
    int roundsDone,
    int roundsPlanned,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean endedEarly) {
  public MethodResult {
    totalWork = totalWork == null ? Work.ZERO : totalWork;
  }

  /**
   * From the rounds of a method that an earlier process has run.
   *
   * @param rounds at least one
   * @param warmupRounds rounds before the pivot by the config
   * @param planned rounds by the config
   * @param endedEarly whether the last of them is the end
   */
  public static MethodResult of(
      List<RoundMetrics> rounds, int warmupRounds, int planned, boolean endedEarly) {
    int pivot = pivot(rounds, warmupRounds);
    RoundMetrics last = rounds.get(rounds.size() - 1);
    Traffic traffic = Traffic.ZERO;
    Work work = Work.ZERO;
    double seconds = 0;
    for (RoundMetrics round : rounds) {
      traffic = traffic.plus(round.traffic());
      work = work.plus(round.work());
      seconds += round.seconds();
    }
    return new MethodResult(
        last.method(),
        last.seed(),
        pivot == 0 || pivot > rounds.size() ? null : rounds.get(pivot - 1).testAccuracy(),
        last.testAccuracy() == null ? Double.NaN : last.testAccuracy(),
        last.testLoss() == null ? Double.NaN : last.testLoss(),
        last.validationAccuracy(),
        traffic,
        work,
        seconds,
        rounds.size(),
        planned,
        endedEarly && rounds.size() < planned);
  }

  /**
   * The last round of the warm-up where a second phase follows, which may come before the config's.
   */
  private static int pivot(List<RoundMetrics> rounds, int warmupRounds) {
    int warmup = (int) rounds.stream().filter(row -> row.phase().equals("warmup")).count();
    return warmup > 0 && warmup < rounds.size() ? warmup : warmupRounds;
  }

  /** The accuracies that it ended with, by name; without those that were not measured. */
  public Map<String, Double> accuracies() {
    Map<String, Double> accuracies = new LinkedHashMap<>();
    accuracies.put("accuracy at the pivot/test", pivotAccuracy);
    accuracies.put("accuracy at the end/test", testAccuracy);
    accuracies.put("accuracy at the end/validation", validationAccuracy);
    accuracies.values().removeIf(value -> value == null || value.isNaN());
    return accuracies;
  }

  /**
   * True where all rounds were run that there were to be and the last one was measured, so that the
   * result may be compared with others.
   */
  public boolean complete() {
    return (roundsDone == roundsPlanned || endedEarly) && !Double.isNaN(testAccuracy);
  }
}
