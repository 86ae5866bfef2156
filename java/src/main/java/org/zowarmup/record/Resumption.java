package org.zowarmup.record;

import java.util.List;

/**
 * A place to continue a method under a seed from.
 *
 * @param kept the rounds that stay as they are: all rounds of the other methods and seeds, and of
 *     this one those up to the place
 * @param round rounds of this method and seed that are done
 * @param source what the weights were taken from, for people
 */
public record Resumption(
    List<RoundMetrics> kept, String method, long seed, int round, String source) {
  public Resumption {
    kept = List.copyOf(kept);
  }
}
