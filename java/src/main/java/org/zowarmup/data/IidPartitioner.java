package org.zowarmup.data;

import org.apache.commons.rng.UniformRandomProvider;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Each client draws floor(N / clients) samples, all alike and without replacement; up to clients -
 * 1 samples stay unused.
 */
final class IidPartitioner implements Partitioner {
  @Override
  public int[][] partition(int[] labels, int classes, int clients, long runSeed) {
    int perClient = Partitions.samplesPerClient(labels.length, clients);
    SamplePool pool = SamplePool.all(labels.length);
    int[][] parts = new int[clients][perClient];
    for (int client = 0; client < clients; client++) {
      UniformRandomProvider random =
          NamedRandom.generator(runSeed, Purpose.PARTITION, NamedRandom.NONE, client, 0);
      for (int i = 0; i < perClient; i++) {
        parts[client][i] = pool.take(random);
      }
    }
    return parts;
  }
}
