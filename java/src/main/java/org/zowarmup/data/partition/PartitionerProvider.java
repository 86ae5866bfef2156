package org.zowarmup.data.partition;

/**
 * A kind of partition that the config can name. Implementations are found by {@link
 * java.util.ServiceLoader} and hold no state.
 *
 * @param <C> the record with the settings of this kind
 */
public interface PartitionerProvider<C extends Record> {
  /** The name in the config, for example {@code dirichlet}. */
  String kind();

  Class<C> configType();

  /** The settings that hold where the config gives none. */
  C defaults();

  Partitioner create(C config);
}
