package org.zowarmup.data.partition;

import java.util.List;
import org.zowarmup.error.Require;

/**
 * Settings of the {@code dirichlet} partition.
 *
 * @param alpha concentration, above 0, at most 1e6: small gives each client few classes, large the
 *     same mixture to all
 * @param sizes {@code equal}: clients as large as each other (Hsu et al. 2019); {@code free}: every
 *     class is cut in Dirichlet proportions, so sizes differ too (Li et al. 2022)
 * @param minSize samples that every client must get, at least 1
 */
public record DirichletConfig(double alpha, String sizes, int minSize) {
  static final String EQUAL = "equal";
  static final String FREE = "free";

  public DirichletConfig {
    Require.positive("alpha", alpha, 1e6);
    Require.oneOf("sizes", sizes, List.of(EQUAL, FREE));
    Require.range("minSize", minSize, 1, Integer.MAX_VALUE);
  }
}
