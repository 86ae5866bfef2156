package org.zowarmup.experiment;

/**
 * One phase of one method under one seed.
 *
 * @param phase {@code warmup} or {@code zo}
 * @param firstRound number of its first round; rounds count from 1 through both phases
 * @param rounds how many it has
 */
public record PhaseInfo(String method, long seed, String phase, int firstRound, int rounds) {}
