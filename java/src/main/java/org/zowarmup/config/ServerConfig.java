package org.zowarmup.config;

import java.util.List;
import org.zowarmup.error.Require;

/**
 * What the server makes of a round's answers.
 *
 * @param optimizer {@code average}: the mean change is the step; {@code momentum}, {@code adam} or
 *     {@code yogi}: it is the pseudo-gradient of that optimizer
 * @param lr step size of adam and yogi, which scale the change themselves
 * @param momentum of momentum; first-moment decay of adam and yogi
 * @param beta2 second-moment decay of adam and yogi
 * @param tau added to the root of the second moment, whose square it starts from
 * @param aggregate {@code mean} weighted by n_i; {@code median} or {@code trimmed-mean}, which a
 *     few wrong answers cannot move far
 * @param trim part of the answers that trimmed-mean leaves out at either end
 */
public record ServerConfig(
    String optimizer,
    double lr,
    double momentum,
    double beta2,
    double tau,
    String aggregate,
    double trim) {
  public static final String AVERAGE = "average";
  public static final String MEAN = "mean";

  /** Plain federated averaging. */
  public static final ServerConfig PLAIN =
      new ServerConfig(AVERAGE, 0.01, 0.9, 0.99, 1e-3, MEAN, 0.1);

  public ServerConfig {
    Require.oneOf("optimizer", optimizer, List.of(AVERAGE, "momentum", "adam", "yogi"));
    Require.positive("lr", lr, 100);
    Require.range("momentum", momentum, 0, 0.9999);
    Require.range("beta2", beta2, 0, 0.999999);
    Require.positive("tau", tau, 1);
    Require.oneOf("aggregate", aggregate, List.of(MEAN, "median", "trimmed-mean"));
    Require.range("trim", trim, 0, 0.49);
  }

  /** The same with another optimizer. */
  public ServerConfig withOptimizer(String other) {
    return new ServerConfig(other, lr, momentum, beta2, tau, aggregate, trim);
  }
}
