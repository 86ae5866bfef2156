package org.zowarmup.data.partition;

import org.apache.commons.rng.UniformRandomProvider;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Each client draws its samples, all alike and without replacement; sizes differ by one at most.
 */
public record Iid() implements Partitioner {
  @Override
  public String kind() {
    return "iid";
  }

  @Override
  public int[][] partition(int[] labels, int classes, int clients, long runSeed) {
    Partitioner.requireEnough(labels.length, clients, 1);
    SamplePool pool = SamplePool.all(labels.length);
    int[][] parts = new int[clients][];
    for (int client = 0; client < clients; client++) {
      UniformRandomProvider random =
          NamedRandom.generator(runSeed, Purpose.PARTITION, NamedRandom.NONE, client, 0);
      parts[client] = pool.take(random, Partitioner.evenSize(labels.length, clients, client));
    }
    return parts;
  }
}
