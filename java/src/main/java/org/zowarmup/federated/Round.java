package org.zowarmup.federated;

import java.util.Optional;

/**
 * A round that was run. It counts once the run takes its books for its own; until then dropping it
 * leaves no trace but in the weights.
 *
 * @param loss mean training loss that the round saw; NaN where no client answered
 * @param messages what was sent, and the books after it
 * @param update all that it did to the weights, where seeds and coefficients can tell
 */
public record Round(double loss, Messages messages, Optional<SeedUpdate> update) {
  /** One that only whole vectors can tell. */
  public Round(double loss, Messages messages) {
    this(loss, messages, Optional.empty());
  }
}
