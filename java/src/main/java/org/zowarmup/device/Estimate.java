package org.zowarmup.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.zowarmup.plugin.Key;

/**
 * The rule by which the losses around a client's weights become the scalars that it sends, one for
 * each of its S directions of a step.
 */
public enum Estimate {
  /** g = (L(w + eps z) - L(w - eps z)) / (2 eps) (Spall 1992): 2 S forward passes. */
  TWO_SIDED,

  /** g = (L(w + eps z) - L(w)) / eps, L(w) once for all directions: S + 1 forward passes. */
  @Key("about half the passes")
  ONE_SIDED,

  /**
   * One-sided, and divided by the standard deviation of the S losses l_i = L(w + eps z_i), sigma^2
   * = 1 / (S - 1) * sum of (l_i - their mean)^2, which is about eps times the norm of the gradient
   * (FZOO; Dang et al. 2025, arXiv 2506.09034, its update theta - eta g / sigma). The client
   * divides, so what travels stays one scalar a direction. Where all l_i are equal they tell no
   * direction from another, and every scalar is 0.
   */
  @Key("one-sided, over the spread of the losses")
  FZOO;

  /** As a config names it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Probes of one client and step along S directions. */
  public int probesOfStep(int seeds) {
    return this == TWO_SIDED ? seeds : seeds + 1;
  }

  /** Forward passes over the batch of one client and step along S directions. */
  public int forwardsOfStep(int seeds) {
    return this == TWO_SIDED ? 2 * seeds : seeds + 1;
  }

  /**
   * Probes to run: for one side the loss at the weights themselves comes before the directions.
   *
   * @param directions two-sided probes, for one side of the same weights and pixels
   */
  public List<ProbeJob> probes(List<ProbeJob> directions) {
    if (this == TWO_SIDED) {
      return directions;
    }
    List<ProbeJob> probes = new ArrayList<>();
    // with the first direction's seed, so that both run in one call and in batches of one size
    probes.add(directions.get(0).atCenter());
    directions.forEach(direction -> probes.add(direction.onOneSide()));
    return probes;
  }

  /**
   * Estimates of the slopes z . gradient, one a direction, in double: the difference of two mean
   * losses over their distance, before anything is divided by a spread.
   *
   * @param jobs as {@link #probes} made them, of one or of many clients
   */
  public static double[] slopes(List<ProbeJob> jobs, List<ProbeJob.Result> results) {
    double[] slopes = new double[(int) jobs.stream().filter(job -> !job.isCenter()).count()];
    double center = Double.NaN;
    int next = 0;
    for (int i = 0; i < jobs.size(); i++) {
      ProbeJob job = jobs.get(i);
      ProbeJob.Result result = results.get(i);
      if (job.isCenter()) {
        center = result.lossSumPlus();
        continue;
      }
      boolean both = job.sides() == ProbeJob.Sides.BOTH;
      double delta = result.lossSumPlus() - (both ? result.lossSumMinus() : center);
      slopes[next++] = delta / result.count() / (both ? 2.0 * job.epsilon() : job.epsilon());
    }
    return slopes;
  }

  /**
   * The scalars as they are sent, rounded to float.
   *
   * @param jobs probes of one client and step
   */
  public float[] scalars(List<ProbeJob> jobs, List<ProbeJob.Result> results) {
    double[] slopes = slopes(jobs, results);
    double spread = this == FZOO ? spread(results) : 1;
    float[] scalars = new float[slopes.length];
    for (int s = 0; s < slopes.length; s++) {
      scalars[s] = spread == 0 ? 0 : (float) (slopes[s] / spread);
    }
    return scalars;
  }

  /** Standard deviation of the mean losses after the first, which is that of no direction. */
  private static double spread(List<ProbeJob.Result> results) {
    int count = results.size() - 1;
    double mean = 0;
    for (ProbeJob.Result result : results.subList(1, results.size())) {
      mean += result.lossSumPlus() / result.count() / count;
    }
    double squares = 0;
    for (ProbeJob.Result result : results.subList(1, results.size())) {
      double off = result.lossSumPlus() / result.count() - mean;
      squares += off * off;
    }
    return Math.sqrt(squares / (count - 1));
  }

  /** Mean loss around the weights: at both ends of the probes, or where they are one-sided at w. */
  public static double meanLoss(List<ProbeJob> jobs, List<ProbeJob.Result> results) {
    double sum = 0;
    int losses = 0;
    for (int i = 0; i < jobs.size(); i++) {
      ProbeJob.Result result = results.get(i);
      if (jobs.get(i).isCenter()) {
        sum += result.lossSumPlus() / result.count();
        losses++;
      } else if (jobs.get(i).sides() == ProbeJob.Sides.BOTH) {
        sum += (result.lossSumPlus() + result.lossSumMinus()) / (2.0 * result.count());
        losses++;
      }
    }
    return sum / losses;
  }
}
