package org.zowarmup.record;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.LinkedHashMap;
import java.util.Map;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;

/**
 * The result of one round: a line of metrics.jsonl and of metrics.csv.
 *
 * @param round from 1, counted through both phases
 * @param phase {@code warmup} or {@code zo}
 * @param trainLoss mean loss that the cohort saw while training
 * @param scores what an evaluation after it gave
 * @param traffic bytes of this round
 * @param work who took part in it, and what they computed
 * @param seconds wall time of this round, its evaluation included
 */
@JsonPropertyOrder({
  "method",
  "seed",
  "round",
  "phase",
  "trainLoss",
  "scores",
  "traffic",
  "work",
  "seconds"
})
public record RoundMetrics(
    String method,
    long seed,
    int round,
    String phase,
    double trainLoss,
    @JsonUnwrapped Scores scores,
    @JsonUnwrapped Traffic traffic,
    @JsonUnwrapped Work work,
    double seconds) {
  /**
   * Losses and accuracies, fractions from 0 to 1, on the test set and on the clients' validation
   * split; null where nothing was evaluated.
   */
  @JsonPropertyOrder({"testLoss", "testAccuracy", "validationLoss", "validationAccuracy"})
  public record Scores(
      Double testLoss, Double testAccuracy, Double validationLoss, Double validationAccuracy) {
    public static final Scores NONE = new Scores(null, null, null, null);
  }

  public RoundMetrics {
    scores = scores == null ? Scores.NONE : scores;
    work = work == null ? Work.ZERO : work;
  }

  /** True for the same round of the same method and seed. */
  public boolean isRoundOf(RoundMetrics other) {
    return round == other.round && seed == other.seed && method.equals(other.method);
  }

  /** The same round with what an evaluation gave. */
  public RoundMetrics measured(Scores scores) {
    return new RoundMetrics(method, seed, round, phase, trainLoss, scores, traffic, work, seconds);
  }

  /** What is drawn over rounds, by name; without what is no finite number. */
  public Map<String, Double> curves() {
    Map<String, Double> curves = new LinkedHashMap<>();
    curves.put("loss/train", trainLoss);
    curves.put("loss/test", scores.testLoss);
    curves.put("loss/validation", scores.validationLoss);
    curves.put("accuracy/test", scores.testAccuracy);
    curves.put("accuracy/validation", scores.validationAccuracy);
    curves.put("bytes/sent by high", (double) traffic.upHigh());
    curves.put("bytes/sent by low", (double) traffic.upLow());
    curves.put("bytes/received by high", (double) traffic.downHigh());
    curves.put("bytes/received by low", (double) traffic.downLow());
    curves.put("time/seconds of the round", seconds);
    curves.values().removeIf(value -> value == null || !Double.isFinite(value));
    return curves;
  }

  public Double testLoss() {
    return scores.testLoss;
  }

  public Double testAccuracy() {
    return scores.testAccuracy;
  }

  public Double validationLoss() {
    return scores.validationLoss;
  }

  public Double validationAccuracy() {
    return scores.validationAccuracy;
  }
}
