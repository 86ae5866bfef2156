package org.zowarmup.config;

import org.zowarmup.error.Require;

/**
 * The clients and their two classes.
 *
 * @param count clients, K
 * @param high part of them that is high-resource, above 0 and at most 1
 */
public record ClientsConfig(int count, double high) {
  public ClientsConfig {
    Require.range("count", count, 1, 1_000_000);
    Require.positive("high", high, 1);
  }

  /** High-resource clients: the part rounded to the nearest whole number, at least one. */
  public int highCount() {
    return Math.max(1, Math.toIntExact(Math.round(count * high)));
  }

  public int lowCount() {
    return count - highCount();
  }
}
