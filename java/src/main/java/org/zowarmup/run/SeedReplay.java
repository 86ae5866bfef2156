package org.zowarmup.run;

import java.util.List;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Ledger;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.SeedReplayable;
import org.zowarmup.record.checkpoint.Checkpoint;
import org.zowarmup.record.checkpoint.Checkpoint.Position;
import org.zowarmup.record.checkpoint.SeedLogRound;

/** Rounds done again from what a checkpoint and a seed log say, without images. */
public record SeedReplay(List<Phase> phases, Vector weights, Ledger ledger) {

  /** Brings weights, algorithms and ledger to a checkpoint. */
  public Position load(Checkpoint checkpoint) {
    if (checkpoint.weights().length != weights.length()) {
      throw new IllegalStateException("a checkpoint of another length under the same layout");
    }
    weights.write(checkpoint.weights());
    int known = Math.min(phases.size(), checkpoint.states().size());
    for (int i = 0; i < known; i++) {
      phases.get(i).algorithm().restore(checkpoint.states().get(i));
    }
    ledger.apply(checkpoint.ledger());
    return checkpoint.position();
  }

  /** Does logged rounds again, up to the first that seeds cannot tell; returns where that is. */
  public Position apply(Position from, List<SeedLogRound> logged) {
    Position at = from;
    for (SeedLogRound round : logged) {
      Position next = next(at, round);
      if (next.phase() == phases.size()
          || !(phases.get(next.phase()).algorithm() instanceof SeedReplayable zo)
          || round.update().isEmpty()) {
        break;
      }
      zo.apply(round.roundOfPhase(), round.update().get(), weights);
      ledger.apply(round.ledger());
      at = next;
    }
    return at;
  }

  /** The place after one more round; that round says whether it is the first of a phase. */
  private static Position next(Position at, SeedLogRound round) {
    boolean over = round.roundOfPhase() == 0 && at.roundsOfPhase() > 0;
    return new Position(
        at.method(),
        at.seed(),
        at.round() + 1,
        over ? at.phase() + 1 : at.phase(),
        over ? 1 : at.roundsOfPhase() + 1);
  }
}
