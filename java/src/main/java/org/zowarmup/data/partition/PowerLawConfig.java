package org.zowarmup.data.partition;

import org.zowarmup.error.Require;

/**
 * Settings of the {@code power-law} partition.
 *
 * @param exponent of the sizes, 0 (equal) to 10; the largest client has 2^exponent times the
 *     samples of the second largest
 * @param minSize samples that every client must get, at least 1
 */
public record PowerLawConfig(double exponent, int minSize) {
  public PowerLawConfig {
    Require.range("exponent", exponent, 0, 10);
    Require.range("minSize", minSize, 1, Integer.MAX_VALUE);
  }
}
