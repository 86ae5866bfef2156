package org.zowarmup.federated;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.plugin.Own;

/**
 * A method of the comparison: which algorithm runs for how many rounds. Those of the program are
 * rows of {@link org.zowarmup.federated.methods.Methods}; others are found by {@link
 * java.util.ServiceLoader}.
 */
public interface Method {
  /** Its key in {@code methods}. */
  String name();

  /** Its name as the field writes it, for people. */
  default String label() {
    return name();
  }

  /**
   * Says whether low-resource clients train the sub-network of {@code heterofl.width}; the executor
   * then has it.
   */
  default boolean trainsSubNetwork() {
    return false;
  }

  /**
   * The phases in order, with new algorithms; those without rounds are left out. The sum of rounds
   * is the same for every method.
   */
  List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo);

  /**
   * Refuses settings that mean nothing to the method, before anything runs.
   *
   * @throws org.zowarmup.error.ConfigException naming the key
   */
  default void check(WarmupConfig warmup, ZoConfig zo) {}

  /**
   * A stretch of rounds under one algorithm.
   *
   * @param rounds how many, at least 1; the most where the algorithm says itself when it is over,
   *     or comes after one that does
   */
  record Phase(Algorithm algorithm, int rounds) {
    public Phase {
      algorithm = Own.named(Algorithm.class, "algorithm", algorithm);
      if (rounds < 0) {
        throw new IllegalArgumentException("a phase of " + rounds + " rounds");
      }
    }
  }
}
