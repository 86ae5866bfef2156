package org.zowarmup.config;

import java.util.List;
import org.zowarmup.error.Require;

/**
 * Phase 2: zeroth-order training on all clients (Legate et al., arXiv 2509.03503).
 *
 * @param rounds rounds after the pivot, M
 * @param cohort clients of a round, Q
 * @param seeds directions that a client probes in a round, S
 * @param ownSeeds whether every client has its own seeds, or all clients of a round share them
 * @param batch images of a probe, 0 for the whole local set
 * @param freshBatchPerSeed whether every seed draws its own batch
 * @param epsilon step to one side of a difference of losses (Spall 1992)
 * @param estimate two-sided, one-sided or fzoo
 * @param distribution rademacher or gaussian
 * @param precision fp32, tf32 or bf16
 * @param lr learning rate
 * @param schedule of the learning rate: constant, cosine or step
 * @param localSteps zeroth-order steps of a client in a round
 * @param epsilonSchedule of epsilon: constant, or down to a tenth of it by cosine or step
 * @param poolSeeds seeds in the pool that FedKSeed draws from
 * @param server what becomes of the round's direction
 * @param augment whether the images of a probe are cropped and flipped at random
 */
public record ZoConfig(
    int rounds,
    int cohort,
    int seeds,
    boolean ownSeeds,
    int batch,
    boolean freshBatchPerSeed,
    double epsilon,
    String estimate,
    String distribution,
    String precision,
    LearningRate lr,
    String schedule,
    int localSteps,
    boolean augment,
    String epsilonSchedule,
    int poolSeeds,
    ServerConfig server) {
  private static final String TWO_SIDED = "two-sided";
  private static final String FZOO = "fzoo";

  private static final int MAX_LOCAL_STEPS = 1000;

  public ZoConfig {
    Require.range("rounds", rounds, 0, 1_000_000);
    Require.range("cohort", cohort, 1, 1_000_000);
    Require.range("seeds", seeds, 1, 100_000);
    Require.range("batch", batch, 0, 65_536);
    Require.that(
        !freshBatchPerSeed || batch > 0,
        "freshBatchPerSeed",
        "expected false, because zo.batch is 0 (the whole local set); found true");
    Require.positive("epsilon", epsilon, 1);
    Require.oneOf("estimate", estimate, List.of(TWO_SIDED, "one-sided", FZOO));
    Require.that(
        estimate.equals(TWO_SIDED) || !freshBatchPerSeed,
        "freshBatchPerSeed",
        "expected false, because zo.estimate is "
            + estimate
            + " and compares losses of the same images; found true");
    Require.that(
        !estimate.equals(FZOO) || seeds > 1,
        "seeds",
        "expected at least 2, because zo.estimate is fzoo, which divides by the spread of a"
            + " client's losses; found 1");
    Require.that(
        !estimate.equals(FZOO) || !lr.isAuto(),
        "lr",
        "expected a number, because with zo.estimate=fzoo a step is about lr / zo.epsilon long,"
            + " whatever the slope; found auto");
    Require.oneOf("distribution", distribution, List.of("rademacher", "gaussian"));
    Require.oneOf("precision", precision, WarmupConfig.PRECISIONS);
    lr.requireAtMost("lr", 100);
    Require.oneOf("schedule", schedule, WarmupConfig.SCHEDULES);
    Require.range("localSteps", localSteps, 1, MAX_LOCAL_STEPS);
    Require.oneOf("epsilonSchedule", epsilonSchedule, WarmupConfig.SCHEDULES);
    Require.range("poolSeeds", poolSeeds, 1, 10_000_000);
    Require.that(
        server.aggregate().equals(ServerConfig.MEAN) || !ownSeeds,
        "server.aggregate",
        "expected mean, because with zo.ownSeeds every scalar belongs to a direction of its own;"
            + " found "
            + server.aggregate());
  }

  /** The same with a cohort of another size and a learning rate that does not follow it. */
  public ZoConfig withCohort(int otherCohort, double otherLr) {
    return new ZoConfig(
        rounds,
        otherCohort,
        seeds,
        ownSeeds,
        batch,
        freshBatchPerSeed,
        epsilon,
        estimate,
        distribution,
        precision,
        LearningRate.of(otherLr),
        schedule,
        localSteps,
        augment,
        epsilonSchedule,
        poolSeeds,
        server);
  }

  /** The same with another length, which schedules end with, and other probes of a client. */
  public ZoConfig with(
      int otherRounds, int otherSeeds, boolean otherOwnSeeds, int otherLocalSteps) {
    return new ZoConfig(
        otherRounds,
        cohort,
        otherSeeds,
        otherOwnSeeds,
        batch,
        freshBatchPerSeed,
        epsilon,
        estimate,
        distribution,
        precision,
        lr,
        schedule,
        otherLocalSteps,
        augment,
        epsilonSchedule,
        poolSeeds,
        server);
  }
}
