package org.zowarmup.executor;

import java.util.List;
import org.zowarmup.device.Precision;
import org.zowarmup.nn.Plan;

/**
 * The plans that an executor must be ready for.
 *
 * @param probe FORWARD plan of a probe
 * @param probePrecision in what probes are computed
 * @param probesPerRound the most that may run side by side
 * @param train FORWARD_BACKWARD plan of a local step
 * @param trainPrecision in what local steps are computed
 * @param trainingsPerRound the most that may run side by side
 * @param evaluate FORWARD plan of an evaluation, which is always fp32
 * @param subTrain FORWARD_BACKWARD plan of a local step of a sub-network, in the precision of local
 *     steps; null where no method trains one
 */
public record Workload(
    Plan probe,
    Precision probePrecision,
    int probesPerRound,
    Plan train,
    Precision trainPrecision,
    int trainingsPerRound,
    Plan evaluate,
    Plan subTrain) {
  /** Without a sub-network. */
  public Workload(
      Plan probe,
      Precision probePrecision,
      int probesPerRound,
      Plan train,
      Precision trainPrecision,
      int trainingsPerRound,
      Plan evaluate) {
    this(
        probe,
        probePrecision,
        probesPerRound,
        train,
        trainPrecision,
        trainingsPerRound,
        evaluate,
        null);
  }

  /** Everything in fp32. */
  public Workload(
      Plan probe, int probesPerRound, Plan train, int trainingsPerRound, Plan evaluate) {
    this(probe, Precision.FP32, probesPerRound, train, Precision.FP32, trainingsPerRound, evaluate);
  }

  /** The plans of probes and local steps, all of which a lane may hold compiled. */
  public List<Plan> rounds() {
    return subTrain == null ? List.of(probe, train) : List.of(probe, train, subTrain);
  }
}
