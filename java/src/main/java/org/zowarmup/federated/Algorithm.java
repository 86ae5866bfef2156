package org.zowarmup.federated;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.privacy.RenyiAccountant;

/**
 * One way to run a round. What it keeps between rounds is plain values. The clients that it calls
 * are called through a {@link Ledger}, which brings them up to date and counts every byte; a round
 * with a loss and without a message ends the run.
 */
public interface Algorithm {
  /** Name of the phase in metrics: {@code warmup} or {@code zo}. */
  String phase();

  /**
   * Runs a round on the global weights, in place.
   *
   * @param books before the round
   * @throws DivergedException when a client's result is not finite; the weights are then unchanged
   * @throws org.zowarmup.executor.Executor.StoppedException when a stop came first; weights and
   *     {@link #state} are then as before the round
   */
  Round round(Round.Key key, Books books, Vector weights);

  /**
   * Says who gets and sends what in a round, without running it. {@link #round} asks the same, so
   * the two differ at most in answers that the server refuses and no outcome of a call predicts.
   *
   * @param books before the round
   */
  Round.Messages messages(Round.Key key, Books books);

  /** The assumption of {@link #messages} and of the number of rounds; empty where there is none. */
  default Optional<String> assumption() {
    return Optional.empty();
  }

  /**
   * Says whether its rounds change weights and state by nothing but their {@link Round#update}, as
   * {@link org.zowarmup.federated.algorithm.ServerOptimizer#apply} with {@code zo.server} does it
   * again: such rounds are logged in a few bytes a probe, and replayed without data.
   */
  default boolean isSeedReplayable() {
    return false;
  }

  /**
   * The keys of its schedules, with their values, that are not constant: their values in a round
   * depend on how many rounds the phase has.
   */
  default List<String> schedules() {
    return List.of();
  }

  /**
   * The learning rates of a round's steps, by the keys that set them; for curves beside the loss.
   * Asked after the round.
   */
  default Map<String, Double> learningRates(Round.Key key) {
    return Map.of();
  }

  /** Adds what so many rounds reveal of a client; nothing is hidden unless it says so. */
  default void spend(RenyiAccountant accountant, int rounds) {
    accountant.add(1, 0, rounds);
  }

  /**
   * Says whether its phase ends here, although rounds are left that it might have had; the next
   * phase gets them. Follows from config and {@link #state} alone.
   */
  default boolean isOver() {
    return false;
  }

  /**
   * Returns all that it keeps between rounds. An algorithm that has such things must override this
   * and {@link #restore}; what follows from config and round number is not state.
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
