package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * All clients, in the order of their ids.
 *
 * @param clients at least one of them high-resource
 */
public record Federation(List<Client> clients) {
  public Federation {
    clients = List.copyOf(clients);
  }

  /** The clients of a class. */
  public List<Client> of(Client.Type type) {
    return clients.stream().filter(c -> c.type() == type).toList();
  }

  /** Everything that the clients hold back, in the order of their ids. */
  public int[] validation() {
    return clients.stream().flatMapToInt(c -> IntStream.of(c.validation())).toArray();
  }

  /**
   * Draws the clients of a round uniformly and without replacement.
   *
   * @return the cohort in the order of the clients' ids, which is the order of every sum over it
   */
  public static List<Client> drawCohort(
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
