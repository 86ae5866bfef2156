package org.zowarmup.data;

import org.zowarmup.error.ConfigException;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/** Who is high-resource. */
public final class Pools {
  private Pools() {}

  /**
   * Chooses floor(clients * high + 0.5) clients by {@link Purpose#POOLS}, each set of that size as
   * likely as the others.
   *
   * @param high share of high-resource clients
   * @return true at the number of each high-resource client
   * @throws ConfigException if that is not 1 to {@code clients} of them; its path is {@code
   *     clients.high}
   */
  public static boolean[] highResource(int clients, double high, long runSeed) {
    double chosen = StrictMath.floor(clients * high + 0.5);
    if (!(chosen >= 1 && chosen <= clients)) {
      throw new ConfigException(
          "clients.high",
          "expected a share that makes 1 to %d of %d clients high-resource, found %s, which makes"
                  .formatted(clients, clients, high)
              + " %.0f".formatted(chosen));
    }
    SamplePool pool = SamplePool.all(clients);
    var random =
        NamedRandom.generator(runSeed, Purpose.POOLS, NamedRandom.NONE, NamedRandom.NONE, 0);
    boolean[] isHigh = new boolean[clients];
    for (int i = 0; i < chosen; i++) {
      isHigh[pool.take(random)] = true;
    }
    return isHigh;
  }
}
