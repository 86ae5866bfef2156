package org.zowarmup.bench;

import java.util.Locale;

/**
 * Work per second that follows from a time per operation.
 *
 * @param perSecond amount a second
 * @param unit of the amount, with "/s"
 */
record Rate(double perSecond, String unit) {
  private static final int FLOAT_BYTES = Float.BYTES;

  /**
   * The rate of one of this package's benchmarks.
   *
   * <ul>
   *   <li>{@code probe}: images through a forward pass, so 2 * batch an operation.
   *   <li>{@code trainStep}: images trained on, so batch an operation.
   *   <li>{@code perturbPair}: bytes that must move, 4 read and 8 written a parameter.
   *   <li>{@code weightedSum}: bytes that must move, 4 read for every summand and 4 written.
   *   <li>{@code accumulateSeeds}: entries of z made and applied, terms * d: it computes, its
   *       memory traffic of 8 bytes a parameter is no measure.
   * </ul>
   *
   * @param method name of the benchmark method
   * @param batch images, where the benchmark has a batch
   * @param seconds of one operation
   */
  static Rate of(String method, BenchModel model, int batch, double seconds) {
    double d = model.parameters();
    return switch (method) {
      case "probe" -> new Rate(2.0 * batch / seconds, "images/s");
      case "trainStep" -> new Rate(batch / seconds, "images/s");
      case "perturbPair" -> new Rate(3 * FLOAT_BYTES * d / seconds / 1e9, "GB/s");
      case "weightedSum" ->
          new Rate((VectorOpsBenchmark.SUMMED + 1) * FLOAT_BYTES * d / seconds / 1e9, "GB/s");
      case "accumulateSeeds" -> new Rate(model.roundTerms() * d / seconds / 1e9, "G signs/s");
      default ->
          throw new IllegalArgumentException("no rate is defined for the benchmark " + method);
    };
  }

  /** Three digits, for example {@code 1,240 images/s}. */
  String text() {
    int decimals = perSecond >= 99.95 ? 0 : perSecond >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%,." + decimals + "f %s", perSecond, unit);
  }
}
