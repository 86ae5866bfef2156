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
 * @param epsilon step of the two-sided difference (Spall 1992)
 * @param distribution rademacher or gaussian
 * @param precision fp32, tf32 or bf16
 * @param lr learning rate
 * @param schedule constant or cosine
 * @param localSteps zeroth-order steps of a client in a round
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
    String distribution,
    String precision,
    LearningRate lr,
    String schedule,
    int localSteps,
    boolean augment) {
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
    Require.oneOf("distribution", distribution, List.of("rademacher", "gaussian"));
    Require.oneOf("precision", precision, WarmupConfig.PRECISIONS);
    lr.requireAtMost("lr", 100);
    Require.oneOf("schedule", schedule, List.of("constant", "cosine"));
    Require.range("localSteps", localSteps, 1, 64);
  }
}
