package org.zowarmup.config;

import java.util.List;
import org.zowarmup.error.Require;

/**
 * Phase 1: federated averaging (McMahan et al. 2017) on the high-resource clients.
 *
 * @param rounds rounds before the pivot, N
 * @param cohort high-resource clients of a round, P
 * @param localEpochs passes of a client over its images, E
 * @param batch images of a local step
 * @param precision fp32, tf32 or bf16
 * @param lr learning rate of the clients' SGD
 * @param momentum momentum of the clients' SGD
 * @param weightDecay weight decay of the clients' SGD
 * @param augment whether the images of local steps are cropped and flipped at random
 * @param serverLr factor on the averaged change of the weights, for average and momentum
 * @param schedule of the clients' learning rate: constant, cosine or step
 * @param proximal weight of the squared distance to the global weights in the clients' loss
 * @param server what becomes of the clients' weights
 */
public record WarmupConfig(
    int rounds,
    int cohort,
    int localEpochs,
    int batch,
    String precision,
    double lr,
    double momentum,
    double weightDecay,
    boolean augment,
    double serverLr,
    String schedule,
    double proximal,
    ServerConfig server) {
  static final List<String> PRECISIONS = List.of("fp32", "tf32", "bf16");

  static final List<String> SCHEDULES = List.of("constant", "cosine", "step");

  public WarmupConfig {
    Require.range("rounds", rounds, 0, 1_000_000);
    Require.range("cohort", cohort, 1, 1_000_000);
    Require.range("localEpochs", localEpochs, 1, 1000);
    Require.range("batch", batch, 1, 65_536);
    Require.oneOf("precision", precision, PRECISIONS);
    Require.positive("lr", lr, 100);
    Require.range("momentum", momentum, 0, 0.9999);
    Require.range("weightDecay", weightDecay, 0, 1);
    Require.positive("serverLr", serverLr, 100);
    Require.oneOf("schedule", schedule, SCHEDULES);
    Require.range("proximal", proximal, 0, 1000);
  }

  /** The same with a cohort of another size. */
  public WarmupConfig withCohort(int otherCohort) {
    return new WarmupConfig(
        rounds,
        otherCohort,
        localEpochs,
        batch,
        precision,
        lr,
        momentum,
        weightDecay,
        augment,
        serverLr,
        schedule,
        proximal,
        server);
  }

  /** The same with another length, which schedules end with, proximal term and server. */
  public WarmupConfig with(int otherRounds, double otherProximal, ServerConfig otherServer) {
    return new WarmupConfig(
        otherRounds,
        cohort,
        localEpochs,
        batch,
        precision,
        lr,
        momentum,
        weightDecay,
        augment,
        serverLr,
        schedule,
        otherProximal,
        otherServer);
  }
}
