package org.zowarmup.federated;

/**
 * A stretch of rounds under one algorithm.
 *
 * @param rounds how many, at least 1
 */
public record Phase(Algorithm algorithm, int rounds) {}
