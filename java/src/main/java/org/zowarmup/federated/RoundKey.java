package org.zowarmup.federated;

/**
 * Names a round.
 *
 * @param round from 1, counted through all phases; part of the names of the random streams
 * @param roundOfPhase from 0, for schedules
 */
public record RoundKey(int round, int roundOfPhase) {}
