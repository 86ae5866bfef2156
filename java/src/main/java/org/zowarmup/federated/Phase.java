package org.zowarmup.federated;

/**
 * A stretch of rounds under one algorithm.
 *
 * @param rounds how many, at least 1; the most where the algorithm says itself when it is over, or
 *     comes after one that does
 */
public record Phase(Algorithm algorithm, int rounds) {}
