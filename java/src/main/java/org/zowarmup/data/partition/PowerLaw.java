package org.zowarmup.data.partition;

import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.ArraySampler;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Unequal sizes, as in the power-law data sets of Li et al., "Federated optimization in
 * heterogeneous networks", MLSys 2020 (arXiv 1812.06127, section 5.1): beyond {@code minSize} for
 * everyone, the client of rank r gets a share proportional to r^-exponent of the samples. Ranks are
 * dealt out at random, and so are the samples: classes mix alike everywhere. Every sample goes to
 * exactly one client.
 */
public record PowerLaw(
    @Key(
            "of the sizes; {}; 0: equal; the largest client has 2^exponent times the samples of the"
                + " second largest")
        @Range(min = 0, max = 10)
        double exponent,
    @Key("samples that every client must get") @Range(min = 1, max = Integer.MAX_VALUE) int minSize)
    implements Partitioner {
  /** The defaults. */
  public PowerLaw() {
    this(1, 1);
  }

  @Override
  public String kind() {
    return "power-law";
  }

  @Override
  public int[][] partition(int[] labels, int classes, int clients, long runSeed) {
    Partitioner.requireEnough(labels.length, clients, minSize);
    int[] sizes = sizes(labels.length, clients);
    UniformRandomProvider random =
        NamedRandom.generator(runSeed, Purpose.PARTITION, NamedRandom.NONE, NamedRandom.NONE, 0);
    int[] rankOf = ArraySampler.shuffle(random, IntStream.range(0, clients).toArray());
    SamplePool pool = SamplePool.all(labels.length);
    int[][] parts = new int[clients][];
    for (int client = 0; client < clients; client++) {
      parts[client] = pool.take(random, sizes[rankOf[client]]);
    }
    return parts;
  }

  /** Sizes by rank, the largest first; they add up to n. */
  private int[] sizes(int n, int clients) {
    double[] cumulative = new double[clients + 1];
    for (int r = 0; r < clients; r++) {
      cumulative[r + 1] = cumulative[r] + StrictMath.pow(r + 1, -exponent);
    }
    long free = n - (long) clients * minSize;
    int[] sizes = new int[clients];
    long before = 0;
    for (int r = 0; r < clients; r++) {
      long upTo = (long) StrictMath.floor(free * (cumulative[r + 1] / cumulative[clients]));
      sizes[r] = minSize + (int) (upTo - before);
      before = upTo;
    }
    return sizes;
  }
}
