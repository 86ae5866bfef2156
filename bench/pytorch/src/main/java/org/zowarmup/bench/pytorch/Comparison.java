package org.zowarmup.bench.pytorch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.zowarmup.bench.BenchModel;

/**
 * One operation of one model on one batch, timed in turn: every repetition runs every way once, and
 * which begins rotates. Each way gets the setting of the threads that was the faster in a trial.
 */
final class Comparison {
  private static final double SECONDS_OF_A_REPETITION = 0.15;
  private static final int TRIALS = 3;

  private Comparison() {}

  /**
   * What was timed of one way.
   *
   * @param seconds of one operation, a value a repetition
   */
  record Timed(String name, String setting, double[] seconds) {
    double quantile(double q) {
      double[] sorted = seconds.clone();
      Arrays.sort(sorted);
      double at = q * (sorted.length - 1);
      int below = (int) at;
      int above = Math.min(below + 1, sorted.length - 1);
      return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    double median() {
      return quantile(0.5);
    }
  }

  /** All ways of one case; the first is ours. */
  record Result(String operation, BenchModel model, int batch, List<Timed> ways) {
    Timed ours() {
      return ways.get(0);
    }

    /** Median over the repetitions of PyTorch's time over ours. */
    double ratio(Timed way) {
      double[] ratios = new double[way.seconds().length];
      for (int r = 0; r < ratios.length; r++) {
        ratios[r] = way.seconds()[r] / ours().seconds()[r];
      }
      return new Timed("", "", ratios).median();
    }
  }

  static Result run(Operation operation, BenchModel model, int batch, int threads, int repetitions)
      throws InterruptedException {
    List<Contestant> contestants = new ArrayList<>();
    try {
      for (Map.Entry<String, IntFunction<Side>> side : operation.sides(model, batch).entrySet()) {
        contestants.add(faster(side.getKey(), threads, side.getValue()));
      }
      return new Result(operation.text(), model, batch, timeInTurn(contestants, repetitions));
    } finally {
      contestants.forEach(Contestant::close);
    }
  }

  private static Contestant faster(String name, int threads, IntFunction<Side> side)
      throws InterruptedException {
    Contestant best = new Contestant(name, Setting.TEAM, threads, side);
    if (threads == 1) {
      best.secondsEach(1);
      return best;
    }
    Contestant other = new Contestant(name, Setting.SIDE_BY_SIDE, threads, side);
    boolean otherWins = trial(other) < trial(best);
    (otherWins ? best : other).close();
    return otherWins ? other : best;
  }

  private static double trial(Contestant contestant) throws InterruptedException {
    int count = count(contestant);
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < TRIALS; i++) {
      least = Math.min(least, contestant.secondsEach(count));
    }
    return least;
  }

  /** Operations a side that make a repetition long enough for the clock and a team's waking. */
  private static int count(Contestant contestant) throws InterruptedException {
    contestant.secondsEach(1);
    double once = contestant.secondsEach(1);
    return (int) Math.max(1, Math.min(10_000, SECONDS_OF_A_REPETITION / once));
  }

  private static List<Timed> timeInTurn(List<Contestant> contestants, int repetitions)
      throws InterruptedException {
    int ways = contestants.size();
    int[] counts = new int[ways];
    Map<Contestant, double[]> seconds = new LinkedHashMap<>();
    for (int i = 0; i < ways; i++) {
      counts[i] = count(contestants.get(i));
      seconds.put(contestants.get(i), new double[repetitions]);
    }
    for (int r = 0; r < repetitions; r++) {
      for (int k = 0; k < ways; k++) {
        int i = (r + k) % ways;
        Contestant contestant = contestants.get(i);
        seconds.get(contestant)[r] = contestant.secondsEach(counts[i]);
      }
    }
    return contestants.stream()
        .map(c -> new Timed(c.name(), c.setting().text(), seconds.get(c)))
        .toList();
  }
}
