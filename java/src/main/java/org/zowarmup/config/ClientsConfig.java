package org.zowarmup.config;

import org.zowarmup.error.Require;

/**
 * The clients and their two classes.
 *
 * @param count clients, K
 * @param high which of them are high-resource
 * @param memory what they have, null where it does not matter
 */
public record ClientsConfig(int count, HighResource high, MemoryBudgets memory) {
  public ClientsConfig {
    Require.range("count", count, 1, 1_000_000);
    high.check(count);
    boolean byMemory = high instanceof HighResource.ByMemory;
    Require.that(
        byMemory == (memory != null),
        "memory",
        byMemory
            ? "expected the clients' memory such as {8GB: 0.1, 64MB: 0.9}, because clients.high is"
                + " memory; found nothing (null)"
            : "expected null, because clients.high is not memory; found "
                + (memory == null ? null : memory.shares()));
    if (memory != null) {
      memory.check();
    }
  }

  /**
   * High-resource clients, as far as the config alone tells: with memory budgets it is at most all
   * of them.
   */
  public int mostHigh() {
    if (high instanceof HighResource.Share share) {
      return share.of(count);
    }
    return high instanceof HighResource.Listed listed ? listed.clients().size() : count;
  }
}
