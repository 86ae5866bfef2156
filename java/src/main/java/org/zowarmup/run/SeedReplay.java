package org.zowarmup.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.algorithm.ServerOptimizer;
import org.zowarmup.record.checkpoint.Checkpoint;
import org.zowarmup.record.checkpoint.Checkpoint.Position;
import org.zowarmup.record.checkpoint.SeedLog;

/**
 * A run between two rounds, brought there from a checkpoint and a seed log, without images or
 * clients.
 *
 * @param states of the phases' algorithms, in the order of the phases
 */
public record SeedReplay(Position at, Books books, List<AlgorithmState> states) {
  public SeedReplay {
    states = List.copyOf(states);
  }

  /**
   * Brings weights to a checkpoint, then does logged rounds again, up to the first that seeds
   * cannot tell.
   *
   * @param server {@code zo.server}
   * @param phases of the method; a checkpoint may know fewer
   */
  public static SeedReplay of(
      Checkpoint checkpoint,
      List<SeedLog.Round> logged,
      ServerConfig server,
      int phases,
      Vector weights,
      VectorOps vectors) {
    if (checkpoint.weights().length != weights.length()) {
      throw new UserErrorException(
          "checkpoint of %s seed %d, round %d: expected %d weights under its layout, found %d"
              .formatted(
                  checkpoint.position().method(),
                  checkpoint.position().seed(),
                  checkpoint.position().round(),
                  weights.length(),
                  checkpoint.weights().length));
    }
    weights.write(checkpoint.weights());
    List<AlgorithmState> states = new ArrayList<>(checkpoint.states());
    while (states.size() < phases) {
      states.add(AlgorithmState.EMPTY);
    }
    Position at = checkpoint.position();
    Books books = Books.EMPTY.with(checkpoint.ledger());
    Map<Integer, ServerOptimizer> optimizers = new TreeMap<>();
    for (SeedLog.Round round : logged) {
      Position next = next(at, round);
      if (next.phase() >= phases || round.update().isEmpty()) {
        break;
      }
      optimizers
          .computeIfAbsent(
              next.phase(),
              phase -> {
                ServerOptimizer optimizer = new ServerOptimizer(server);
                optimizer.restore(states.get(phase));
                return optimizer;
              })
          .apply(round.update().get(), weights, vectors, at.seed());
      books = books.with(round.ledger());
      at = next;
    }
    optimizers.forEach((phase, optimizer) -> states.set(phase, optimizer.state()));
    return new SeedReplay(at, books, states);
  }

  /** The place after one more round; that round says whether it is the first of a phase. */
  private static Position next(Position at, SeedLog.Round round) {
    boolean over = round.roundOfPhase() == 0 && at.roundsOfPhase() > 0;
    return new Position(
        at.method(),
        at.seed(),
        at.round() + 1,
        over ? at.phase() + 1 : at.phase(),
        over ? 1 : at.roundsOfPhase() + 1);
  }
}
