package org.zowarmup.device;

import java.util.List;
import org.zowarmup.random.Distribution;

/**
 * The handful of operations on flat vectors; they give the same bits on every device and for any
 * number of threads.
 */
public interface VectorOps {
  /** to = from, padding included. */
  void copy(Vector from, Vector to);

  /** Sets every element, padding included, to zero. */
  void clear(Vector v);

  /**
   * plus = w + epsilon z(seed) and minus = w - epsilon z(seed) in one pass; fp32, one rounding each
   * (a Gaussian's epsilon * z is rounded first). The padding is not written.
   */
  void perturbPair(
      Vector w, long seed, float epsilon, Distribution distribution, Vector plus, Vector minus);

  /**
   * y = beta * y + acc with acc the sum of coefficient * z(seed) in the order of the terms, fp32,
   * every operation rounded on its own. All terms in one pass over y; the padding is not written.
   */
  void accumulateSeeds(Vector y, float beta, SeedTerms terms, Distribution distribution);

  /**
   * out = sum of coefficients[k] * vectors[k], summed in double in the order of the list, rounded
   * once; out may be among them.
   */
  void weightedSum(Vector out, List<Vector> vectors, double[] coefficients);

  /** One step of SGD on w; velocity may be null when momentum is 0. */
  void sgdStep(Vector w, Vector gradient, Vector velocity, TrainJob.Sgd sgd);

  /** True if every element is finite. */
  boolean isFinite(Vector v);

  /**
   * Refuses a sum whose coefficients are not as many as its vectors, or vectors of other lengths.
   */
  static void requireOneEach(Vector out, List<Vector> vectors, double[] coefficients) {
    if (vectors.size() != coefficients.length) {
      throw new IllegalArgumentException(
          vectors.size() + " vectors but " + coefficients.length + " coefficients");
    }
    vectors.forEach(out::requireLengthOf);
  }
}
