package org.zowarmup.data.partition;

import org.zowarmup.error.Require;

/**
 * Settings of the {@code shards} partition.
 *
 * @param perClient shards that every client gets, at least 1
 */
public record ShardsConfig(int perClient) {
  public ShardsConfig {
    Require.range("perClient", perClient, 1, 1_000_000);
  }
}
