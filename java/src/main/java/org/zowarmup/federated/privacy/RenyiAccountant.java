package org.zowarmup.federated.privacy;

import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Accounts for the privacy of a sequence of sampled Gaussian mechanisms by Renyi differential
 * privacy (Mironov 2017, arXiv 1702.07476; Mironov, Talwar and Zhang 2019, arXiv 1908.10530): of a
 * mechanism with noise sigma times the sensitivity on a sample of rate q, the divergence of order
 * alpha is log A / (alpha - 1), A the mean over N(0, sigma^2) of (1 - q + q exp((2 z - 1) / (2
 * sigma^2)))^alpha; orders of several mechanisms add up.
 */
public final class RenyiAccountant {
  /** The orders that the accountants in use look at. */
  private static final double[] ORDERS =
      DoubleStream.concat(
              DoubleStream.of(1.25, 1.5, 1.75, 2, 2.25, 2.5, 3, 3.5, 4, 4.5),
              DoubleStream.concat(
                  IntStream.range(5, 64).asDoubleStream(), DoubleStream.of(128, 256, 512)))
          .toArray();

  private static final int STEPS_PER_SIGMA = 64;
  private static final double SIGMAS_BEYOND = 12;

  private final double[] divergence = new double[ORDERS.length];

  /** A guarantee and the order that gave it. */
  public record Guarantee(double epsilon, double order) {}

  /**
   * Adds rounds of a mechanism.
   *
   * @param rate q, the chance to be in a round, 0 to 1
   * @param noise sigma, deviation over sensitivity; 0 gives no privacy
   */
  public void add(double rate, double noise, long rounds) {
    if (rate == 0 || rounds == 0) {
      return;
    }
    for (int k = 0; k < ORDERS.length; k++) {
      divergence[k] += rounds * divergence(rate, noise, ORDERS[k]);
    }
  }

  /**
   * Divergence of one round.
   *
   * @param order alpha, above 1
   */
  static double divergence(double rate, double noise, double order) {
    if (noise == 0) {
      return Double.POSITIVE_INFINITY;
    }
    if (rate == 1) {
      return order / (2 * noise * noise);
    }
    return Math.max(0, logMoment(rate, noise, order) / (order - 1));
  }

  /**
   * log A by the trapezoidal rule, which for such an integrand converges faster than any power of
   * the step. Its mass lies about 0 and, tilted by the power, up to alpha.
   */
  private static double logMoment(double rate, double noise, double order) {
    double from = -SIGMAS_BEYOND * noise;
    double to = order + SIGMAS_BEYOND * noise;
    int steps = (int) Math.ceil((to - from) / noise * STEPS_PER_SIGMA);
    double width = (to - from) / steps;
    double[] logs = new double[steps + 1];
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i <= steps; i++) {
      double z = from + i * width;
      double shifted = Math.log(rate) + (2 * z - 1) / (2 * noise * noise);
      double kept = Math.log1p(-rate);
      double greater = Math.max(kept, shifted);
      double ratio = greater + Math.log1p(Math.exp(Math.min(kept, shifted) - greater));
      logs[i] = order * ratio - z * z / (2 * noise * noise);
      most = Math.max(most, logs[i]);
    }
    double sum = 0;
    for (double log : logs) {
      sum += Math.exp(log - most);
    }
    return most + Math.log(sum * width / (noise * Math.sqrt(2 * Math.PI)));
  }

  /**
   * The smallest epsilon over the orders, by the conversion of Canonne, Kamath and Steinke 2020
   * (arXiv 2004.00010, proposition 12).
   */
  public Guarantee guarantee(double delta) {
    return best(
        (order, divergence) ->
            divergence
                + Math.log1p(-1 / order)
                - (Math.log(delta) + Math.log(order)) / (order - 1));
  }

  /** The same by the older, looser conversion of Mironov 2017, proposition 3. */
  Guarantee looseGuarantee(double delta) {
    return best((order, divergence) -> divergence - Math.log(delta) / (order - 1));
  }

  /** From a divergence of an order to an epsilon. */
  private interface Conversion {
    double epsilon(double order, double divergence);
  }

  private Guarantee best(Conversion conversion) {
    Guarantee best = new Guarantee(Double.POSITIVE_INFINITY, ORDERS[0]);
    for (int k = 0; k < ORDERS.length; k++) {
      double epsilon = Math.max(0, conversion.epsilon(ORDERS[k], divergence[k]));
      if (epsilon < best.epsilon()) {
        best = new Guarantee(epsilon, ORDERS[k]);
      }
    }
    return best;
  }
}
