package org.zowarmup.data.partition;

/** {@code shards}: samples sorted by label, a few contiguous shards for every client. */
public final class ShardsPartitionerProvider implements PartitionerProvider<ShardsConfig> {
  @Override
  public String kind() {
    return "shards";
  }

  @Override
  public Class<ShardsConfig> configType() {
    return ShardsConfig.class;
  }

  @Override
  public ShardsConfig defaults() {
    return new ShardsConfig(2);
  }

  @Override
  public Partitioner create(ShardsConfig config) {
    return new ShardsPartitioner(config.perClient());
  }
}
