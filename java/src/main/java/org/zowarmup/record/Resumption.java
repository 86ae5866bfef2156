package org.zowarmup.record;

import java.util.List;

/**
 * The place where a run is resumed.
 *
 * @param kept the rounds of all methods and seeds that stay as they are, in their order; everything
 *     after them is run again
 * @param round rounds of this method and seed that are done
 * @param source what the weights were taken from, for people
 */
public record Resumption(
    List<RoundMetrics> kept, String method, long seed, int round, String source) {
  public Resumption {
    kept = List.copyOf(kept);
  }
}
