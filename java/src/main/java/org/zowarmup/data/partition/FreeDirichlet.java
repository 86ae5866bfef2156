package org.zowarmup.data.partition;

import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.ArraySampler;
import org.zowarmup.error.ConfigException;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * The label-skewed partition with free sizes of Li, Diao, Chen and He, "Federated learning on
 * non-IID data silos: an experimental study", ICDE 2022 (arXiv 2102.02079, section 4.1): the
 * samples of each class, shuffled, are cut among the clients in proportions drawn from a symmetric
 * Dirichlet(alpha). Every sample goes to exactly one client. As there, the whole draw is repeated
 * until the smallest client has enough; {@link Dirichlet} has seen that this can be.
 */
record FreeDirichlet(double alpha, int minSize) {
  /** Beyond this many draws the request is as good as impossible. */
  private static final int MAX_DRAWS = 1000;

  /**
   * Where so many clients of one draw have too few samples, another draw in which none has comes
   * about once in e^30 times or less.
   */
  private static final int HOPELESS = 60;

  int[][] partition(int[] labels, int classes, int clients, long runSeed) {
    int[][] byClass = SamplePool.indicesByClass(labels, classes);
    int best = 0;
    int draw = 0;
    int fewer = 0;
    while (draw < MAX_DRAWS && fewer < HOPELESS) {
      int[][] cuts = cuts(byClass, clients, runSeed, draw);
      int[] sizes = sizes(cuts, clients);
      int smallest = IntStream.of(sizes).min().orElseThrow();
      if (smallest >= minSize) {
        return deal(byClass, cuts, clients, runSeed, draw);
      }
      best = Math.max(best, smallest);
      fewer = (int) IntStream.of(sizes).filter(size -> size < minSize).count();
      draw++;
    }
    throw new ConfigException(
        "data.partition.minSize",
        "expected a size that %d clients reach with alpha %s and free sizes from %d samples, found %d: %s; %sraise alpha, take fewer clients, or data.partition.sizes=equal"
            .formatted(
                clients,
                alpha,
                labels.length,
                minSize,
                fewer < HOPELESS
                    ? "in %d draws the smallest client got at most %d".formatted(draw, best)
                    : "in one draw %d clients got fewer".formatted(fewer),
                minSize > 1 ? "lower minSize, " : ""));
  }

  /** Where each class is cut: client k gets [cuts[c][k], cuts[c][k + 1]) of class c. */
  private int[][] cuts(int[][] byClass, int clients, long runSeed, int draw) {
    int[][] cuts = new int[byClass.length][clients + 1];
    for (int c = 0; c < byClass.length; c++) {
      double[] weights =
          LogDirichlet.draw(proportions(runSeed, c, draw), alpha, clients).weights(k -> true);
      double total = 0;
      for (double weight : weights) {
        total += weight;
      }
      double sum = 0;
      for (int k = 0; k < clients; k++) {
        sum += weights[k];
        cuts[c][k + 1] = (int) Math.min(byClass[c].length, byClass[c].length * (sum / total));
      }
      cuts[c][clients] = byClass[c].length;
    }
    return cuts;
  }

  private static UniformRandomProvider proportions(long runSeed, int c, int draw) {
    return NamedRandom.generator(runSeed, Purpose.PARTITION, NamedRandom.NONE, c, 2 * draw);
  }

  private static int[] sizes(int[][] cuts, int clients) {
    int[] sizes = new int[clients];
    for (int[] cut : cuts) {
      for (int k = 0; k < clients; k++) {
        sizes[k] += cut[k + 1] - cut[k];
      }
    }
    return sizes;
  }

  private static int[][] deal(int[][] byClass, int[][] cuts, int clients, long runSeed, int draw) {
    int[][] shuffled = new int[byClass.length][];
    for (int c = 0; c < byClass.length; c++) {
      UniformRandomProvider random =
          NamedRandom.generator(runSeed, Purpose.PARTITION, NamedRandom.NONE, c, 2 * draw + 1);
      shuffled[c] = ArraySampler.shuffle(random, byClass[c].clone());
    }
    int[][] parts = new int[clients][];
    for (int k = 0; k < clients; k++) {
      IntStream.Builder part = IntStream.builder();
      for (int c = 0; c < byClass.length; c++) {
        for (int i = cuts[c][k]; i < cuts[c][k + 1]; i++) {
          part.add(shuffled[c][i]);
        }
      }
      parts[k] = part.build().toArray();
    }
    return parts;
  }
}
