package org.zowarmup.device;

/**
 * What a probe found: sums over its samples, in their order, in double.
 *
 * @param lossSumPlus at w + epsilon z
 * @param lossSumMinus at w - epsilon z
 * @param count samples
 */
public record ProbeResult(double lossSumPlus, double lossSumMinus, int count) {}
