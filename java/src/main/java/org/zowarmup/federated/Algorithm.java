package org.zowarmup.federated;

import org.zowarmup.device.Vector;
import org.zowarmup.federated.privacy.RenyiAccountant;

/** One way to run a round. What it keeps between rounds is plain values. */
public interface Algorithm {
  /** What so many rounds of it reveal of a client; nothing is hidden unless it says so. */
  default void spend(RenyiAccountant accountant, int rounds) {
    accountant.add(1, 0, rounds);
  }

  /** Name of the phase in metrics: {@code warmup} or {@code zo}. */
  String phase();

  /**
   * Runs a round on the global weights, in place.
   *
   * @param round from 1, counted through all phases; part of the names of the random streams
   * @param roundOfPhase from 0, for schedules
   * @return the mean training loss that the round saw
   * @throws DivergedException when a client's result is not finite; the weights are then unchanged
   * @throws org.zowarmup.executor.StoppedException when a stop came first; weights and {@link
   *     #state} are then as before the round
   */
  double round(int round, int roundOfPhase, Vector weights);

  /**
   * Whether its phase ends here, although rounds are left that it might have had; the next phase
   * gets them. Follows from config and {@link #state} alone.
   */
  default boolean isOver() {
    return false;
  }

  /**
   * What it keeps between rounds. An algorithm that has such things must override this and {@link
   * #restore}; what follows from config and round number is no state.
   */
  default AlgorithmState state() {
    return AlgorithmState.EMPTY;
  }

  /** Takes a state back, before its first round here. */
  default void restore(AlgorithmState state) {
    if (!state.names().isEmpty()) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + " keeps no state, found " + state.names());
    }
  }
}
