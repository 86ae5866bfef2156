package org.zowarmup.bench.peers;

import java.util.stream.IntStream;

/** Input of both sides. */
public final class Batches {
  public static final float EPSILON = 1e-3f;

  /** So small that the weights stay where they are however long the run. */
  public static final float LR = 1e-6f;

  public static final float WEIGHT_DECAY = 1e-5f;

  private Batches() {}

  /** The first images of the benchmarks' set. */
  public static int[] first(int batch) {
    return IntStream.range(0, batch).toArray();
  }
}
