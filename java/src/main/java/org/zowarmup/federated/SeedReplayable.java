package org.zowarmup.federated;

import java.util.Optional;
import org.zowarmup.device.Vector;

/**
 * An algorithm whose rounds change the weights, and its own state, by nothing but seeds and
 * coefficients: what a round did can be logged in a few bytes a probe and done again without data.
 * This is also what a client downloads that was absent.
 */
public interface SeedReplayable extends Algorithm {
  /**
   * What the last round did; empty where it did more than seeds can tell (a client sent a whole
   * vector), which ends the replay there.
   */
  Optional<SeedUpdate> lastUpdate();

  /**
   * Does to the weights and to this algorithm's state what the round with this update did, bit for
   * bit, without images, clients or the ledger.
   *
   * @param roundOfPhase from 0, for schedules
   */
  void apply(int roundOfPhase, SeedUpdate update, Vector weights);
}
