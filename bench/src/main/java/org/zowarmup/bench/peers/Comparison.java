package org.zowarmup.bench.peers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * One operation of one model on one batch, timed in turn: every repetition runs every way once, and
 * which starts rotates. Each way gets what was the fastest in a trial: one step on all threads or
 * one on each, where there are several variants, channels-last or NCHW.
 */
public final class Comparison {
  private static final double SECONDS_OF_A_REPETITION = 0.15;
  private static final int TRIALS = 2;

  private Comparison() {}

  /**
   * Times of one way.
   *
   * @param seconds of one operation, a value a repetition
   */
  public record Timed(String name, String setting, double[] seconds) {
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
  public record Result(String operation, String model, int batch, List<Timed> ways) {
    Timed ours() {
      return ways.get(0);
    }

    /** Median over the repetitions of a way's time over ours. */
    double ratio(Timed way) {
      double[] ratios = new double[way.seconds().length];
      for (int r = 0; r < ratios.length; r++) {
        ratios[r] = way.seconds()[r] / ours().seconds()[r];
      }
      return new Timed("", "", ratios).median();
    }
  }

  /**
   * @param ways ours first
   */
  public static Result run(
      String operation, String model, int batch, List<Way> ways, int threads, int repetitions)
      throws InterruptedException {
    List<Contestant> contestants = new ArrayList<>();
    try {
      for (Way way : ways) {
        contestants.add(fastest(way, threads));
      }
      return new Result(operation, model, batch, timeInTurn(contestants, repetitions));
    } finally {
      contestants.forEach(Contestant::close);
    }
  }

  private static Contestant fastest(Way way, int threads) throws InterruptedException {
    Contestant best = null;
    double least = Double.POSITIVE_INFINITY;
    for (Map.Entry<String, IntFunction<Side>> variant : way.variants().entrySet()) {
      for (Setting setting : Setting.values()) {
        if (setting == Setting.SIDE_BY_SIDE && threads == 1) {
          continue; // the same as a team of one
        }
        Contestant next =
            new Contestant(way.name(), variant.getKey(), setting, threads, variant.getValue());
        double seconds = trial(next);
        Contestant slower = seconds < least ? best : next;
        best = seconds < least ? next : best;
        least = Math.min(least, seconds);
        if (slower != null) {
          slower.close();
        }
      }
    }
    return best;
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
    return contestants.stream().map(c -> new Timed(c.name(), c.setting(), seconds.get(c))).toList();
  }
}
