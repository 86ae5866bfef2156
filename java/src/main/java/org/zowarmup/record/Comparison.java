package org.zowarmup.record;

import java.util.ArrayList;
import java.util.List;

/**
 * Two methods under the same seeds, that is the same partition and the same pools. Only seeds under
 * which both ran all their rounds count: a run that was stopped had a smaller budget.
 *
 * @param pairs one for every such seed
 */
public record Comparison(String method, String against, List<Pair> pairs) {
  /**
   * Test accuracies of the two methods under one seed, as fractions.
   *
   * @param seed the seed that both ran under
   */
  public record Pair(long seed, double accuracy, double againstAccuracy) {
    public double difference() {
      return accuracy - againstAccuracy;
    }
  }

  public Comparison {
    pairs = List.copyOf(pairs);
  }

  /** Every method of a run against every later one. */
  public static List<Comparison> ofAll(RunResult run) {
    List<String> methods = run.methods();
    List<Comparison> all = new ArrayList<>();
    for (int i = 0; i < methods.size(); i++) {
      for (int j = i + 1; j < methods.size(); j++) {
        all.add(of(run, methods.get(i), methods.get(j)));
      }
    }
    return all;
  }

  public static Comparison of(RunResult run, String method, String against) {
    List<Pair> pairs = new ArrayList<>();
    for (long seed : run.seeds()) {
      run.find(method, seed)
          .filter(MethodResult::complete)
          .ifPresent(
              one ->
                  run.find(against, seed)
                      .filter(MethodResult::complete)
                      .ifPresent(
                          two ->
                              pairs.add(new Pair(seed, one.testAccuracy(), two.testAccuracy()))));
    }
    return new Comparison(method, against, pairs);
  }

  /** Mean and spread of the differences. */
  public MeanAndDeviation spread() {
    return MeanAndDeviation.of(pairs.stream().map(Pair::difference).toList());
  }
}
