package org.zowarmup.bench.pytorch;

import java.util.stream.IntStream;

/** Input of both sides. */
final class Batches {
  static final float EPSILON = 1e-3f;

  /** So small that the weights stay where they are however long the run. */
  static final float LR = 1e-6f;

  static final float WEIGHT_DECAY = 1e-5f;

  private Batches() {}

  /** The first images of the benchmarks' set. */
  static int[] first(int batch) {
    return IntStream.range(0, batch).toArray();
  }
}
