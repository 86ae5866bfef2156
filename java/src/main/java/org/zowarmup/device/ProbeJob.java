package org.zowarmup.device;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One probe: the summed losses at w' + epsilon z and, for two sides, at w' - epsilon z over the
 * same samples, where w' is the given weights plus the sum of {@code drift}.
 *
 * @param drift steps that this client has taken on its own since the round started; usually none
 * @param seed of z
 * @param epsilon length of the step to either side; 0 for the loss at w' itself
 * @param batch the images
 * @param augmentation of these images, the same for both sides
 * @param sides how many forward passes over the samples the probe costs
 */
public record ProbeJob(
    SeedTerms drift,
    long seed,
    float epsilon,
    Batch batch,
    Augmentation augmentation,
    Sides sides) {
  /** Where losses are asked for. */
  public enum Sides {
    /** At w' + epsilon z and w' - epsilon z. */
    BOTH,
    /** At w' + epsilon z alone: one forward pass instead of two. */
    PLUS
  }

  /** A two-sided probe. */
  public ProbeJob(
      SeedTerms drift, long seed, float epsilon, int[] samples, Augmentation augmentation) {
    this(drift, seed, epsilon, Batch.of(samples), augmentation, Sides.BOTH);
  }

  /** A two-sided probe of images as they are. */
  public ProbeJob(SeedTerms drift, long seed, float epsilon, int[] samples) {
    this(drift, seed, epsilon, samples, Augmentation.NONE);
  }

  /** The same at w' + epsilon z alone. */
  public ProbeJob onOneSide() {
    return new ProbeJob(drift, seed, epsilon, batch, augmentation, Sides.PLUS);
  }

  /** The loss of the same images at w' itself. */
  public ProbeJob atCenter() {
    return new ProbeJob(drift, seed, 0, batch, augmentation, Sides.PLUS);
  }

  /** Indices of its images; they may be drawn only now. */
  public int[] samples() {
    return batch.samples();
  }

  /** Number of its images. */
  public int count() {
    return batch.count();
  }

  private record Perturbation(long seed, float epsilon, boolean augments, Sides sides) {}

  /**
   * Probes that can run in the same batches after one perturbation of the weights, by their
   * indices: those of one seed, epsilon and kind. One with a drift is alone. The groups are in the
   * order of their first probe.
   */
  public static List<List<Integer>> groups(List<ProbeJob> jobs) {
    Map<Object, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < jobs.size(); i++) {
      ProbeJob job = jobs.get(i);
      boolean alone = job.drift.size() > 0;
      Object key =
          alone
              ? (Integer) i
              : new Perturbation(job.seed, job.epsilon, job.augmentation.on(), job.sides);
      groups.computeIfAbsent(key, k -> new ArrayList<>()).add(i);
    }
    return List.copyOf(groups.values());
  }

  /** True if it asks for the loss at w' itself. */
  public boolean isCenter() {
    return epsilon == 0 && sides == Sides.PLUS;
  }

  /**
   * Losses that a probe found: sums over its samples, in their order, in double.
   *
   * @param lossSumPlus at w + epsilon z
   * @param lossSumMinus at w - epsilon z; NaN where the probe is one-sided
   * @param count samples
   */
  public record Result(double lossSumPlus, double lossSumMinus, int count) {
    /** Of a one-sided probe. */
    public static Result ofPlus(double lossSumPlus, int count) {
      return new Result(lossSumPlus, Double.NaN, count);
    }
  }
}
