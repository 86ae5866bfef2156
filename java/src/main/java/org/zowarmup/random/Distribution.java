package org.zowarmup.random;

import java.util.Locale;

/** The law of the entries of a perturbation direction z. Both have mean 0 and variance 1. */
public enum Distribution {
  /** -1 or +1 with equal chance: the lower variance of the two, and 128 entries a Philox call. */
  RADEMACHER(RandomStream.RADEMACHER) {
    @Override
    public void fill(long seed, long from, float[] out) {
      Directions.rademacher(seed, from, out);
    }
  },
  /** Standard normal; 4 entries a Philox call. */
  GAUSSIAN(RandomStream.GAUSSIAN) {
    @Override
    public void fill(long seed, long from, float[] out) {
      Directions.gaussian(seed, from, out);
    }
  };

  private final RandomStream stream;

  Distribution(RandomStream stream) {
    this.stream = stream;
  }

  /** The code by which native and device code know it; equal to its stream's counter word. */
  public int code() {
    return stream.counterWord();
  }

  /** As a config names it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@code out[j] = z(seed, from + j)}; {@code from} at least 0. */
  public abstract void fill(long seed, long from, float[] out);
}
