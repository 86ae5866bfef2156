package org.zowarmup.random;

import org.apache.commons.rng.UniformRandomProvider;

/**
 * Randomness by name: the key of a stream is Philox(run seed; index, client, round, purpose), so
 * every draw is a function of the config alone, whatever order, lane or thread asks for it.
 */
public final class NamedRandom {
  /** Stands for "no client" or "no round" in a name. */
  public static final int NONE = -1;

  private NamedRandom() {}

  /** The 64-bit key of a name; for {@link Purpose#ZO_DIRECTION} it is the seed of z itself. */
  public static long key(long runSeed, Purpose purpose, int round, int client, int index) {
    int[] words = new int[4];
    Philox.block(runSeed, index, client, round, purpose.counterWord(), words);
    return (words[0] & 0xFFFFFFFFL) | ((long) words[1] << 32);
  }

  /** A generator for draws on the host, from its name. */
  public static UniformRandomProvider generator(
      long runSeed, Purpose purpose, int round, int client, int index) {
    return new PhiloxRandom(key(runSeed, purpose, round, client, index));
  }
}
