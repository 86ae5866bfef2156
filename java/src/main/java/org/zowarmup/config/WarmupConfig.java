package org.zowarmup.config;

import org.zowarmup.device.Precision;
import org.zowarmup.plugin.Default;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;
import org.zowarmup.plugin.RecordCopy;

/** Phase 1: federated averaging (McMahan et al. 2017) on the high-resource clients. */
public record WarmupConfig(
    @Default("30") @Key("rounds before the pivot, N") @Range(min = 0, max = 1_000_000) int rounds,
    @Default("5")
        @Key(
            "high-resource clients of a round, P; {}, at most their number; all, or a part of them"
                + " such as 0.5; where it is not set, no more than there are")
        @Range(min = 1, max = 1_000_000)
        int cohort,
    @Default("5") @Key("passes of a client over its images, E") @Range(min = 1, max = 1000)
        int localEpochs,
    @Default("64") @Key("images of a local step") @Range(min = 1, max = 65_536) int batch,
    @Default("fp32")
        @Key("{} (the last two on a GPU only; masters, norms, classifier and loss stay fp32)")
        Precision precision,
    @Default("0.1") @Key("learning rate of the clients' SGD") @Range(above = 0, max = 100)
        double lr,
    @Default("0") @Key("of the clients' SGD") @Range(min = 0, max = 0.9999) double momentum,
    @Default("1.0e-5") @Key("of the clients' SGD") @Range(min = 0, max = 1) double weightDecay,
    @Default("false")
        @Key("crop-pad-4 and flip at random, anew for every image of every local step")
        boolean augment,
    @Default("1.0")
        @Key(
            "factor on the averaged change of the weights (average, momentum); {}; 1 is plain"
                + " FedAvg")
        @Range(above = 0, max = 100)
        double serverLr,
    @Default("constant") @Key("of the clients' learning rate over the phase: {}") Schedule schedule,
    @Default("0")
        @Key("mu of FedProx, weight of the squared distance to the global weights")
        @Range(min = 0, max = 1000)
        double proximal,
    @Key("what becomes of the clients' weights") ServerConfig server) {
  /** The same with another length, which schedules end with. */
  public WarmupConfig withRounds(int other) {
    return RecordCopy.with(this, "rounds", other);
  }

  /** The same with a cohort of another size. */
  public WarmupConfig withCohort(int other) {
    return RecordCopy.with(this, "cohort", other);
  }

  /** The same with another proximal term. */
  public WarmupConfig withProximal(double other) {
    return RecordCopy.with(this, "proximal", other);
  }

  /** The same with another server. */
  public WarmupConfig withServer(ServerConfig other) {
    return RecordCopy.with(this, "server", other);
  }
}
