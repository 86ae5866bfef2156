package org.zowarmup.data.partition;

import java.util.Locale;
import org.apache.commons.rng.UniformRandomProvider;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * The label-skewed partition of Hsu, Qi and Brown, "Measuring the effects of non-identical data
 * distribution for federated visual classification", 2019 (arXiv 1909.06335): each client draws
 * class proportions from a symmetric Dirichlet(alpha), then a class from them for each of its
 * samples, and a sample of that class without replacement. The probability of a class that has run
 * out becomes zero and the others are renormalised.
 *
 * <p>All N samples are dealt out, and sizes differ by one at most. Clients draw in the order of
 * their numbers, so the last ones get what is left: their mixtures follow alpha less closely, and
 * even at a large alpha the last client balances the chance deviations of all others. This belongs
 * to the published method. Nothing else may therefore depend on a client's number; {@link
 * HighResourceDraw} draws the high-resource clients from all numbers alike.
 */
public record Dirichlet(
    @Key(
            "concentration; {}; small gives each client few classes, large the same mixture to"
                + " all")
        @Range(above = 0, max = 1e6)
        double alpha,
    @Key("sizes of the clients: {}") Sizes sizes,
    @Key("samples that every client must get") @Range(min = 1, max = Integer.MAX_VALUE) int minSize)
    implements Partitioner {
  /** The numbers of samples that clients get. */
  public enum Sizes {
    @Key("as large as each other, Hsu et al. 2019")
    EQUAL,
    @Key("every class is cut in Dirichlet proportions, Li et al. 2022")
    FREE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The defaults. */
  public Dirichlet() {
    this(0.1, Sizes.EQUAL, 1);
  }

  @Override
  public String kind() {
    return "dirichlet";
  }

  @Override
  public int[][] partition(int[] labels, int classes, int clients, long runSeed) {
    Partitioner.requireEnough(labels.length, clients, minSize);
    if (sizes == Sizes.FREE) {
      return new FreeDirichlet(alpha, minSize).partition(labels, classes, clients, runSeed);
    }
    SamplePool[] pools = SamplePool.byClass(labels, classes);
    int[][] parts = new int[clients][];
    for (int client = 0; client < clients; client++) {
      UniformRandomProvider random =
          NamedRandom.generator(runSeed, Purpose.PARTITION, NamedRandom.NONE, client, 0);
      LogDirichlet proportions = LogDirichlet.draw(random, alpha, classes);
      parts[client] =
          draw(random, proportions, pools, Partitioner.evenSize(labels.length, clients, client));
    }
    return parts;
  }

  private static int[] draw(
      UniformRandomProvider random, LogDirichlet proportions, SamplePool[] pools, int count) {
    int[] drawn = new int[count];
    double[] cumulative = cumulative(proportions, pools);
    for (int i = 0; i < count; i++) {
      int c = choose(random, cumulative);
      drawn[i] = pools[c].take(random);
      if (pools[c].isEmpty() && i + 1 < count) {
        cumulative = cumulative(proportions, pools);
      }
    }
    return drawn;
  }

  private static double[] cumulative(LogDirichlet proportions, SamplePool[] pools) {
    double[] weights = proportions.weights(c -> !pools[c].isEmpty());
    for (int c = 1; c < weights.length; c++) {
      weights[c] += weights[c - 1];
    }
    return weights;
  }

  /**
   * Draws a class with probability proportional to its step in {@code cumulative}: that of the
   * first entry above the threshold, whose step is above zero. There is no such entry where the
   * product with the total is rounded up to the total; then it is the last class with a step above
   * zero.
   */
  private static int choose(UniformRandomProvider random, double[] cumulative) {
    double threshold = random.nextDouble() * cumulative[cumulative.length - 1];
    int last = 0;
    for (int c = 0; c < cumulative.length; c++) {
      if (cumulative[c] > threshold) {
        return c;
      }
      if (c == 0 ? cumulative[c] > 0 : cumulative[c] > cumulative[c - 1]) {
        last = c;
      }
    }
    return last;
  }
}
