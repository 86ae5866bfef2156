package org.zowarmup.setup;

import org.zowarmup.config.Binder;
import org.zowarmup.config.KindSection;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.data.partition.PartitionerProvider;
import org.zowarmup.data.partition.Partitions;

/** The partition of a config: its plug-in, and its own keys bound to the plug-in's record. */
public record BoundPartition<C extends Record>(PartitionerProvider<C> provider, C config) {
  public static BoundPartition<?> of(KindSection section) {
    return bind(section, Partitions.find(section.kind()));
  }

  private static <C extends Record> BoundPartition<C> bind(
      KindSection section, PartitionerProvider<C> provider) {
    return new BoundPartition<>(
        provider, Binder.bind(section, provider.configType(), provider.defaults()));
  }

  public Partitioner partitioner() {
    return provider.create(config);
  }
}
