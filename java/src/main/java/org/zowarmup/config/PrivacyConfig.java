package org.zowarmup.config;

import org.zowarmup.error.Require;

/**
 * Differential privacy of the clients, by clipping and Gaussian noise, in both phases.
 *
 * @param clipChange limit of the L2 norm of a client's change of the weights in phase 1; 0: off
 * @param changeNoise standard deviation of the noise on the sum of the changes, over clipChange
 * @param clipScalars limit of the L2 norm of a client's scalars of a round in phase 2; 0: off
 * @param scalarNoise standard deviation of the noise on their sum (with own seeds: on every
 *     client's scalars), over clipScalars
 * @param delta of the (epsilon, delta) that is reported
 */
public record PrivacyConfig(
    double clipChange, double changeNoise, double clipScalars, double scalarNoise, double delta) {
  /** No privacy. */
  public static final PrivacyConfig NONE = new PrivacyConfig(0, 1, 0, 1, 1e-5);

  public PrivacyConfig {
    Require.range("clipChange", clipChange, 0, 1e6);
    Require.range("changeNoise", changeNoise, 0, 1e6);
    Require.range("clipScalars", clipScalars, 0, 1e6);
    Require.range("scalarNoise", scalarNoise, 0, 1e6);
    Require.range("delta", delta, 1e-30, 0.5);
  }

  /** Whether phase 1 is private. */
  public boolean ofChanges() {
    return clipChange > 0;
  }

  /** Whether phase 2 is private. */
  public boolean ofScalars() {
    return clipScalars > 0;
  }
}
