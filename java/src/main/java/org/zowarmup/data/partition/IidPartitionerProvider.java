package org.zowarmup.data.partition;

/** {@code iid}: every client holds a uniform sample of the whole set. */
public final class IidPartitionerProvider implements PartitionerProvider<IidConfig> {
  @Override
  public String kind() {
    return "iid";
  }

  @Override
  public Class<IidConfig> configType() {
    return IidConfig.class;
  }

  @Override
  public IidConfig defaults() {
    return new IidConfig();
  }

  @Override
  public Partitioner create(IidConfig config) {
    return new IidPartitioner();
  }
}
