package org.zowarmup.executor;

import org.zowarmup.nn.Plan;

/**
 * What an executor must be ready for.
 *
 * @param probe FORWARD plan of a probe
 * @param probesPerRound how many may run side by side at most
 * @param train FORWARD_BACKWARD plan of a local step
 * @param trainingsPerRound how many may run side by side at most
 * @param evaluate FORWARD plan of an evaluation
 */
public record Workload(
    Plan probe, int probesPerRound, Plan train, int trainingsPerRound, Plan evaluate) {}
