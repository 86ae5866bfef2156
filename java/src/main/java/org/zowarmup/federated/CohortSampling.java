package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/** Which clients take part in a round. */
public final class CohortSampling {
  private CohortSampling() {}

  /**
   * Draws the clients of a round uniformly and without replacement.
   *
   * @return the cohort in the order of the clients' ids, which is the order of every sum over it
   */
  public static List<Client> draw(
      List<Client> pool, int size, long runSeed, Purpose purpose, int round) {
    UniformRandomProvider random =
        NamedRandom.generator(runSeed, purpose, round, NamedRandom.NONE, 0);
    int[] order = PermutationSampler.natural(pool.size());
    PermutationSampler.shuffle(random, order);
    List<Client> cohort = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      cohort.add(pool.get(order[i]));
    }
    cohort.sort(Comparator.comparingInt(Client::id));
    return cohort;
  }
}
