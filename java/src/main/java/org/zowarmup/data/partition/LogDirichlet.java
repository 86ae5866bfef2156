package org.zowarmup.data.partition;

import java.util.function.IntPredicate;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.distribution.AhrensDieterMarsagliaTsangGammaSampler;
import org.apache.commons.rng.sampling.distribution.SharedStateContinuousSampler;

/**
 * One draw from a symmetric Dirichlet(alpha), kept as logarithms.
 *
 * <p>A Dirichlet draw is a vector of Gamma(alpha) deviates over its sum. For small alpha nearly all
 * of them are below the smallest double (at alpha 1e-3 every second one), so that the sum, or what
 * is left of it when a class has run out, is zero. Marsaglia and Tsang, "A simple method for
 * generating gamma variables" (ACM TOMS 26, 2000, section 6) give the way round: Gamma(alpha) is
 * Gamma(alpha + 1) * U^(1 / alpha), whose logarithm is harmless. Commons RNG's own DirichletSampler
 * takes the power by Math.pow, which differs between Java machines in its last bit; StrictMath does
 * not.
 */
final class LogDirichlet {
  private final double alpha;

  /** alpha * log of the gamma deviate: finite however small alpha is. */
  private final double[] scaledLogs;

  private LogDirichlet(double alpha, double[] scaledLogs) {
    this.alpha = alpha;
    this.scaledLogs = scaledLogs;
  }

  static LogDirichlet draw(UniformRandomProvider random, double alpha, int classes) {
    SharedStateContinuousSampler gamma =
        AhrensDieterMarsagliaTsangGammaSampler.of(random, alpha + 1, 1);
    double[] scaledLogs = new double[classes];
    for (int c = 0; c < classes; c++) {
      double logGamma = StrictMath.log(gamma.sample());
      double logUniform = StrictMath.log(1 - random.nextDouble()); // in (0, 1]
      scaledLogs[c] = alpha * logGamma + logUniform;
    }
    return new LogDirichlet(alpha, scaledLogs);
  }

  /**
   * Numbers proportional to the draw, restricted to some classes; the largest is 1, the classes
   * left out have 0. At least one class must be in.
   */
  double[] weights(IntPredicate in) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < scaledLogs.length; c++) {
      if (in.test(c) && scaledLogs[c] > largest) {
        largest = scaledLogs[c];
      }
    }
    double[] weights = new double[scaledLogs.length];
    for (int c = 0; c < weights.length; c++) {
      weights[c] = in.test(c) ? StrictMath.exp((scaledLogs[c] - largest) / alpha) : 0;
    }
    return weights;
  }
}
