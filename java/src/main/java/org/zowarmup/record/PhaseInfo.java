package org.zowarmup.record;

/**
 * One phase of one method under one seed.
 *
 * @param phase {@code warmup} or {@code zo}
 * @param firstRound number of its first round; rounds count from 1 through both phases
 * @param rounds how many it has, at most where it ends by itself
 * @param done how many of them an earlier process has run
 */
public record PhaseInfo(
    String method, long seed, String phase, int firstRound, int rounds, int done) {
  /** A phase that starts here. */
  public PhaseInfo(String method, long seed, String phase, int firstRound, int rounds) {
    this(method, seed, phase, firstRound, rounds, 0);
  }
}
