package org.zowarmup.record;

/**
 * A number of one's own over the test images, measured at every evaluation beside loss and
 * accuracy, written to {@code own-metrics.csv} and told to {@link RunListener#measured}. {@link
 * java.util.ServiceLoader} finds it.
 */
public interface Metric {
  /** The name of its column: letters, digits, dashes and underscores. */
  String name();

  /**
   * Measures one evaluation.
   *
   * @param logits [n, classes], row-major
   * @param labels true classes [n], each from 0 to classes - 1
   */
  double of(float[] logits, int[] labels, int classes);
}
