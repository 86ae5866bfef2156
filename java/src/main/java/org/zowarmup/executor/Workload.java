package org.zowarmup.executor;

import org.zowarmup.device.Precision;
import org.zowarmup.nn.Plan;

/**
 * What an executor must be ready for.
 *
 * @param probe FORWARD plan of a probe
 * @param probePrecision in what probes are computed
 * @param probesPerRound how many may run side by side at most
 * @param train FORWARD_BACKWARD plan of a local step
 * @param trainPrecision in what local steps are computed
 * @param trainingsPerRound how many may run side by side at most
 * @param evaluate FORWARD plan of an evaluation, which is always fp32
 */
public record Workload(
    Plan probe,
    Precision probePrecision,
    int probesPerRound,
    Plan train,
    Precision trainPrecision,
    int trainingsPerRound,
    Plan evaluate) {
  /** Everything in fp32. */
  public Workload(
      Plan probe, int probesPerRound, Plan train, int trainingsPerRound, Plan evaluate) {
    this(probe, Precision.FP32, probesPerRound, train, Precision.FP32, trainingsPerRound, evaluate);
  }
}
