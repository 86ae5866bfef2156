package org.zowarmup.data;

import org.zowarmup.error.Require;

/**
 * Settings of the {@code dirichlet} partition.
 *
 * @param alpha concentration, above 0, at most 1e6: small gives each client few classes, large the
 *     same mixture to all
 */
public record DirichletConfig(double alpha) {
  public DirichletConfig {
    Require.positive("alpha", alpha, 1e6);
  }
}
