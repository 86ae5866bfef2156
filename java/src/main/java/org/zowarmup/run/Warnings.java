package org.zowarmup.run;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.zowarmup.config.RunConfig;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.data.ImageSet;
import org.zowarmup.record.Resumption;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunListener;

/**
 * Watches for runs that end without an error and without a result: a loss that has exploded, an
 * accuracy that falls to chance after the pivot or never leaves it, perturbations that vanish in
 * rounding. Each is said once a method and seed, and kept for the summary.
 */
final class Warnings implements RunListener {
  /** A guess among C classes has cross-entropy ln C; a hundred times that is not training. */
  private static final double LOSS_BOUND = 100;

  /** Of the most frequent class's share, which a constant answer reaches. */
  private static final double CHANCE_MARGIN = 1.1;

  /** A pivot is worth falling from where it is above so many times chance. */
  private static final double LEARNED = 1.5;

  /** Evaluations and rounds after which a run that has learned nothing is told so at its end. */
  private static final int ENOUGH = 5;

  private static final int ENOUGH_ROUNDS = 20;

  private final RunConfig config;
  private final double lossBound;
  private final double chance;
  private final Consumer<String> warn;
  private final List<String> said = new ArrayList<>();
  private final Set<String> kinds = new HashSet<>();
  private final Map<String, Double> pivots = new HashMap<>();
  private final Map<String, List<Double>> accuracies = new HashMap<>();

  /**
   * @param warn takes one line
   */
  Warnings(RunConfig config, ImageSet test, Consumer<String> warn) {
    this.config = config;
    this.warn = warn;
    boolean crossEntropy = config.loss().kind().equals(RunConfig.CROSS_ENTROPY);
    lossBound =
        crossEntropy
            ? LOSS_BOUND * Math.log(Math.max(2, test.classes()))
            : Double.POSITIVE_INFINITY; // only its author knows what a guess costs
    int[] counts = new int[test.classes()];
    int most = 0;
    for (int label : test.labels()) {
      most = Math.max(most, ++counts[label]);
    }
    chance = (double) most / test.count();
  }

  /** What was said, in its order. */
  List<String> said() {
    return List.copyOf(said);
  }

  @Override
  public void resumed(Resumption resumption) {
    resumption.kept().forEach(this::roundFinished);
  }

  @Override
  public void warned(String kind, String warning) {
    if (kinds.add(kind)) {
      said.add(warning);
      warn.accept(warning);
    }
  }

  @Override
  public void roundFinished(RoundMetrics row) {
    String run = row.method() + " seed " + row.seed();
    boolean warmup = row.phase().equals("warmup");
    if (row.testAccuracy() != null && warmup) {
      pivots.put(run, row.testAccuracy());
    }
    double loss =
        row.testLoss() == null ? row.trainLoss() : Math.max(row.testLoss(), row.trainLoss());
    if (loss > lossBound) {
      warned(
          "loss of " + run,
          "%s, round %d: the loss is %.3g, above %.0f (100 times that of a guess): training has diverged; lower %s"
              .formatted(run, row.round(), loss, lossBound, rate(row)));
    }
    Double pivot = pivots.get(run);
    boolean fell =
        !warmup
            && row.testAccuracy() != null
            && pivot != null
            && pivot > LEARNED * chance
            && row.testAccuracy() <= CHANCE_MARGIN * chance;
    List<Double> seen = accuracies.computeIfAbsent(run, r -> new ArrayList<>());
    if (row.testAccuracy() != null) {
      seen.add(row.testAccuracy());
    }
    boolean last = row.round() == config.warmup().rounds() + config.zo().rounds();
    if (last
        && row.round() >= ENOUGH_ROUNDS
        && seen.size() >= ENOUGH
        && seen.stream().allMatch(accuracy -> accuracy <= CHANCE_MARGIN * chance)) {
      warned(
          "accuracy of " + run,
          "%s: no test accuracy was better than a constant answer's %.1f %%; change warmup.lr or zo.lr"
              .formatted(run, 100 * chance));
    }
    if (fell) {
      warned(
          "accuracy of " + run,
          "%s, round %d: the test accuracy is %.1f %%, no better than a constant answer, after %.1f %% at the pivot; lower %s"
              .formatted(run, row.round(), 100 * row.testAccuracy(), 100 * pivot, rate(row)));
    }
  }

  /** The key that says how far a round goes. */
  private String rate(RoundMetrics row) {
    boolean warmup = row.phase().equals("warmup");
    ServerConfig server = warmup ? config.warmup().server() : config.zo().server();
    String section = warmup ? "warmup" : "zo";
    boolean average = server.optimizer() == ServerConfig.Optimizer.AVERAGE;
    return section + (average ? ".lr" : ".server.lr");
  }
}
