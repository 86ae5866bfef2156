package org.zowarmup.device;

/**
 * Sums of local training.
 *
 * @param lossSum sum of the per-sample losses, each before the step that its batch took
 * @param count samples seen, repeats counted
 */
public record TrainResult(double lossSum, long count) {}
