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
 * @param sharedImages the most images that the probes of one seed have in a round where all clients
 *     share it; 0 where none ever do
 * @param train FORWARD_BACKWARD plan of a local step
 * @param trainPrecision in what local steps are computed
 * @param trainingsPerRound the most that may run side by side
 * @param evaluate FORWARD plan of an evaluation
 * @param evaluatePrecision in what evaluations are computed
 * @param subTrain FORWARD_BACKWARD plan of a local step of a sub-network, in the precision of local
 *     steps; null where no method trains one
 */
public record Workload(
    Plan probe,
    Precision probePrecision,
    int probesPerRound,
    int sharedImages,
    Plan train,
    Precision trainPrecision,
    int trainingsPerRound,
    Plan evaluate,
    Precision evaluatePrecision,
    Plan subTrain) {
  /** Without shared seeds and without a sub-network, evaluated in fp32. */
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
        0,
        train,
        trainPrecision,
        trainingsPerRound,
        evaluate,
        Precision.FP32,
        null);
  }

  /** Everything in fp32. */
  public Workload(
      Plan probe, int probesPerRound, Plan train, int trainingsPerRound, Plan evaluate) {
    this(probe, Precision.FP32, probesPerRound, train, Precision.FP32, trainingsPerRound, evaluate);
  }

  /**
   * The plan of probes that share a seed on a device that {@code fills} images fill; null where no
   * batch larger than that of one probe is a gain. The batch hangs on nothing that varies from
   * round to round or from machine to machine: a convolution may take another algorithm for another
   * batch, and then other last bits.
   */
  Plan wideProbe(int fills) {
    if (Math.min(sharedImages, fills) <= probe.batch()) {
      return null;
    }
    int passes = (sharedImages + fills - 1) / fills;
    int batch = (sharedImages + passes - 1) / passes;
    return batch <= probe.batch() ? null : Plan.forward(probe.graph(), batch);
  }

  /** What one of so many ranks runs of it side by side. */
  public Workload of(int ranks) {
    return new Workload(
        probe,
        probePrecision,
        (probesPerRound + ranks - 1) / ranks,
        sharedImages,
        train,
        trainPrecision,
        (trainingsPerRound + ranks - 1) / ranks,
        evaluate,
        evaluatePrecision,
        subTrain);
  }

  /** The plans of probes and local steps, all of which a lane may hold compiled. */
  public List<Plan> rounds() {
    return subTrain == null ? List.of(probe, train) : List.of(probe, train, subTrain);
  }
}
