package org.zowarmup.device;

import java.util.function.Supplier;

/**
 * The images of a probe, by their indices into the resident images. How many there are is known
 * from the start; where they are a random draw, whoever runs the probe makes it, so that of several
 * lanes and ranks each draws for its own probes.
 */
public final class Batch {
  private final int count;
  private Supplier<int[]> draw;
  private int[] samples;

  private Batch(int count, Supplier<int[]> draw, int[] samples) {
    this.count = count;
    this.draw = draw;
    this.samples = samples;
  }

  /** Indices that are known. */
  public static Batch of(int[] samples) {
    return new Batch(samples.length, null, samples);
  }

  /**
   * Indices that are drawn when they are first asked for.
   *
   * @param count how many
   * @param draw gives the same on every thread
   */
  public static Batch drawn(int count, Supplier<int[]> draw) {
    return new Batch(count, draw, null);
  }

  public int count() {
    return count;
  }

  /** The indices, drawn by the first thread that asks. */
  public synchronized int[] samples() {
    if (samples == null) {
      samples = draw.get();
      draw = null;
    }
    return samples;
  }
}
