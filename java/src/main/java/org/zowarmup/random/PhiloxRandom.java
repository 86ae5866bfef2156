package org.zowarmup.random;

import org.apache.commons.rng.UniformRandomProvider;

/**
 * A sequential view of one key's {@link RandomStream#DRAWS} stream, for the samplers of Commons
 * RNG. Not thread-safe.
 */
public final class PhiloxRandom implements UniformRandomProvider {
  private final long key;
  private final int[] words = new int[4];
  private long block;
  private int used = words.length;

  public PhiloxRandom(long key) {
    this.key = key;
  }

  @Override
  public int nextInt() {
    if (used == words.length) {
      Philox.block(
          key, (int) block, (int) (block >>> 32), RandomStream.DRAWS.counterWord(), 0, words);
      block++;
      used = 0;
    }
    return words[used++];
  }

  @Override
  public long nextLong() {
    long low = nextInt() & 0xFFFFFFFFL;
    return low | ((long) nextInt() << 32);
  }
}
