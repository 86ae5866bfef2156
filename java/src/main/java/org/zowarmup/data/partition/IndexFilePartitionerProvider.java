package org.zowarmup.data.partition;

/** {@code file}: index lists from a file. */
public final class IndexFilePartitionerProvider implements PartitionerProvider<IndexFileConfig> {
  @Override
  public String kind() {
    return "file";
  }

  @Override
  public Class<IndexFileConfig> configType() {
    return IndexFileConfig.class;
  }

  @Override
  public IndexFileConfig defaults() {
    return new IndexFileConfig(null);
  }

  @Override
  public Partitioner create(IndexFileConfig config) {
    return new IndexFilePartitioner(config.path());
  }
}
