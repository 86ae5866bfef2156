package org.zowarmup.experiment;

import org.zowarmup.config.Binder;
import org.zowarmup.config.KindSection;
import org.zowarmup.data.Partitioner;
import org.zowarmup.data.PartitionerProvider;
import org.zowarmup.data.Partitions;

/** The partition of a config: its plug-in, and its own keys bound to the plug-in's record. */
record BoundPartition<C extends Record>(PartitionerProvider<C> provider, C config) {
  static BoundPartition<?> of(KindSection section) {
    return bind(section, Partitions.find(section.kind()));
  }

  private static <C extends Record> BoundPartition<C> bind(
      KindSection section, PartitionerProvider<C> provider) {
    return new BoundPartition<>(
        provider, Binder.bind(section, provider.configType(), provider.defaults()));
  }

  Partitioner partitioner() {
    return provider.create(config);
  }
}
