package org.zowarmup.federated;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;

/**
 * A method of the comparison, found by {@link java.util.ServiceLoader}: which algorithm runs for
 * how many rounds.
 */
public interface Method {
  /** As it stands in {@code methods}. */
  String name();

  /**
   * Whether low-resource clients train the sub-network of {@code heterofl.width}; the executor then
   * has it.
   */
  default boolean trainsSubNetwork() {
    return false;
  }

  /**
   * The phases in order; those without rounds are left out. The sum of rounds is the same for every
   * method.
   */
  List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo);

  /**
   * Refuses settings that mean nothing to the method, before anything runs.
   *
   * @throws org.zowarmup.error.ConfigException naming the key
   */
  default void check(WarmupConfig warmup, ZoConfig zo) {}
}
