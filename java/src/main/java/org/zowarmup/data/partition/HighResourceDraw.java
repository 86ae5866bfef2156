package org.zowarmup.data.partition;

import java.util.Arrays;
import java.util.List;
import org.apache.commons.rng.UniformRandomProvider;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/** Draws groups of clients, such as the high-resource ones. */
public final class HighResourceDraw {
  private HighResourceDraw() {}

  /**
   * Deals clients out to groups of given sizes by {@link Purpose#POOLS}, each way as likely as the
   * others. The clients of the first group do not depend on what groups follow it.
   *
   * @param sizes clients of each group; those of the last need not be named
   * @return the group of each client, from 0; {@code sizes.size()} for those that are left
   */
  public static int[] groups(int clients, List<Integer> sizes, long runSeed) {
    SamplePool pool = SamplePool.all(clients);
    UniformRandomProvider random =
        NamedRandom.generator(runSeed, Purpose.POOLS, NamedRandom.NONE, NamedRandom.NONE, 0);
    int[] groupOf = new int[clients];
    Arrays.fill(groupOf, sizes.size());
    for (int group = 0; group < sizes.size(); group++) {
      for (int client : pool.take(random, sizes.get(group))) {
        groupOf[client] = group;
      }
    }
    return groupOf;
  }
}
