package org.zowarmup.federated.algorithm;

import java.util.Arrays;

/**
 * Tells when a falling loss has flattened, which is the pivot: as soon as the mean of its last
 * {@value #WINDOW} values is not at least {@value #LEAST_GAIN} of the mean of the {@value #WINDOW}
 * before them below that mean. A value that is not a number counts as no gain.
 */
final class PivotRule {
  static final int WINDOW = 5;
  static final double LEAST_GAIN = 0.02;

  private double[] losses = new double[0];

  /** One more value. */
  void add(double loss) {
    losses = Arrays.copyOf(losses, losses.length + 1);
    losses[losses.length - 1] = loss;
  }

  boolean isFlat() {
    int n = losses.length;
    if (n < 2 * WINDOW) {
      return false;
    }
    double before = mean(n - 2 * WINDOW);
    double now = mean(n - WINDOW);
    return !(now <= (1 - LEAST_GAIN) * before);
  }

  private double mean(int from) {
    double sum = 0;
    for (int i = from; i < from + WINDOW; i++) {
      sum += losses[i];
    }
    return sum / WINDOW;
  }

  /** All values so far. */
  double[] values() {
    return losses.clone();
  }

  /** Takes back what {@link #values} gave. */
  void restore(double[] values) {
    losses = values.clone();
  }
}
