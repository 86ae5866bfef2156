package org.zowarmup.config;

import org.zowarmup.error.Require;
import org.zowarmup.plugin.Default;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/** The clients and their two classes. */
public record ClientsConfig(
    @Default("50") @Key("clients, K") @Range(min = 1, max = 1_000_000) int count,
    @Default("0.1")
        @Key(
            "who is high-resource: a part of the clients (above 0, at most 1.0; it must make at"
                + " least one so), a whole number of them, a list of client numbers, or memory")
        HighResource high,
    @Default("null")
        @Key(
            "only with high: memory, which parts have how much: {8GB: 0.1, 64MB: 0.9};"
                + " high-resource is who can hold a training step")
        MemoryBudgets memory) {
  public ClientsConfig {
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
    return high.of(count);
  }
}
