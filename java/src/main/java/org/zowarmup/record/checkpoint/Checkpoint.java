package org.zowarmup.record.checkpoint;

import java.util.List;
import java.util.Map;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Books;

/**
 * A method under a seed between two rounds: all that the next round depends on and that does not
 * follow from the config.
 *
 * @param position its place among the rounds
 * @param weights [layout length], padding included
 * @param states of the phases' algorithms, in the order of the phases
 * @param ledger the ledger's books
 * @param identity what the run is bound to, by name: config, layout, data, device, batches,
 *     libraries
 */
public record Checkpoint(
    Position position,
    float[] weights,
    List<AlgorithmState> states,
    Books.Change ledger,
    Map<String, String> identity) {
  public Checkpoint {
    states = List.copyOf(states);
    identity = Map.copyOf(identity);
  }

  /**
   * A place between two rounds.
   *
   * @param round rounds done in all
   * @param phase the phase of the last round, from 0
   * @param roundsOfPhase rounds done in that phase
   */
  public record Position(String method, long seed, int round, int phase, int roundsOfPhase) {
    public Position {
      if (method == null || round < 0 || phase < 0 || roundsOfPhase < 0) {
        throw new IllegalArgumentException(
            "round %d, the %d. of phase %d of method %s"
                .formatted(round, roundsOfPhase, phase, method));
      }
    }
  }
}
