package org.zowarmup.config;

import org.zowarmup.device.Estimate;
import org.zowarmup.device.Precision;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.Require;
import org.zowarmup.plugin.Default;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;
import org.zowarmup.plugin.RecordCopy;
import org.zowarmup.random.Distribution;

/** Phase 2: zeroth-order training on all clients (Legate et al., arXiv 2509.03503). */
public record ZoConfig(
    @Default("250") @Key("rounds after the pivot, M") @Range(min = 0, max = 1_000_000) int rounds,
    @Default("50")
        @Key("clients of a round, Q; {}, at most clients.count")
        @Range(min = 1, max = 1_000_000)
        int cohort,
    @Default("12") @Key("directions a client probes in a round, S") @Range(min = 1, max = 100_000)
        int seeds,
    @Default("true")
        @Key("true: every client has its own S seeds; false: all clients of a round share S")
        boolean ownSeeds,
    @Default("16")
        @Key("images of a probe; {}; 0: the whole local set")
        @Range(min = 0, max = 65_536)
        int batch,
    @Default("true")
        @Key(
            "true: every seed draws its own batch; false: one batch a client and round; needs batch"
                + " above 0")
        boolean freshBatchPerSeed,
    @Default("1.0e-3")
        @Key("step to one side of a difference of losses (Spall 1992)")
        @Range(above = 0, max = 1)
        double epsilon,
    @Default("two-sided")
        @Key("{}; the last two need freshBatchPerSeed: false, fzoo a number for lr")
        Estimate estimate,
    @Default("rademacher") @Key("of the directions: {}") Distribution distribution,
    @Default("fp32")
        @Key("{} (the last two on a GPU only; masters, norms, classifier and loss stay fp32)")
        Precision precision,
    @Default("auto")
        @Key("learning rate; auto = 0.2 Q S / d, d the number of parameters; or a number {}")
        @Range(above = 0, max = 100)
        LearningRate lr,
    @Default("cosine") @Key("of the learning rate over the phase: {}") Schedule schedule,
    @Default("1") @Key("zeroth-order steps of a client in a round") @Range(min = 1, max = 1000)
        int localSteps,
    @Default("false")
        @Key("crop-pad-4 and flip at random; both sides of a probe see the same pixels")
        boolean augment,
    @Default("constant") @Key("of epsilon over the phase: {}, but never below a tenth")
        Schedule epsilonSchedule,
    @Default("1024")
        @Key("seeds in the pool that method fedkseed draws from")
        @Range(min = 1, max = 10_000_000)
        int poolSeeds,
    @Key("what becomes of the round's direction") ServerConfig server) {
  public ZoConfig {
    Require.that(
        (float) epsilon >= Float.MIN_NORMAL,
        "epsilon",
        "expected a number that 32-bit floats hold, at least %s, found %s"
            .formatted(Float.MIN_NORMAL, epsilon));
    Require.that(
        !freshBatchPerSeed || batch > 0,
        "freshBatchPerSeed",
        "expected false, because zo.batch is 0 (the whole local set); found true");
    Require.that(
        estimate == Estimate.TWO_SIDED || !freshBatchPerSeed,
        "freshBatchPerSeed",
        "expected false, because zo.estimate is "
            + estimate
            + " and compares losses of the same images; found true");
    Require.that(
        estimate != Estimate.FZOO || seeds > 1,
        "seeds",
        "expected at least 2, because zo.estimate is fzoo, which divides by the spread of a"
            + " client's losses; found 1");
    Require.that(
        estimate != Estimate.FZOO || !lr.isAuto(),
        "lr",
        "expected a number, because with zo.estimate=fzoo a step is about lr / zo.epsilon long,"
            + " whatever the slope; found auto");
    Require.that(
        server.aggregate() == ServerConfig.Aggregate.MEAN || !ownSeeds,
        "server.aggregate",
        "expected mean, because with zo.ownSeeds every scalar belongs to a direction of its own;"
            + " found "
            + server.aggregate());
  }

  /**
   * For methods whose steps are of one direction each.
   *
   * @throws ConfigException where the estimate needs the losses of several
   */
  public void requireOneDirectionToDo(String method) {
    if (estimate == Estimate.FZOO) {
      throw new ConfigException(
          "zo.estimate",
          "expected two-sided or one-sided, because the steps of method "
              + method
              + " are of one direction each, which has no spread; found fzoo");
    }
  }

  /** The same with another length, which schedules end with. */
  public ZoConfig withRounds(int other) {
    return RecordCopy.with(this, "rounds", other);
  }

  /** The same with a cohort of another size. */
  public ZoConfig withCohort(int other) {
    return RecordCopy.with(this, "cohort", other);
  }

  /** The same with another number of directions a step. */
  public ZoConfig withSeeds(int other) {
    return RecordCopy.with(this, "seeds", other);
  }

  /** The same with seeds of every client's own, or of all clients of a round. */
  public ZoConfig withOwnSeeds(boolean other) {
    return RecordCopy.with(this, "ownSeeds", other);
  }

  /** The same with another learning rate, which does not follow cohort and seeds. */
  public ZoConfig withLr(double other) {
    return RecordCopy.with(this, "lr", LearningRate.of(other));
  }

  /** The same with another number of steps of a client in a round. */
  public ZoConfig withLocalSteps(int other) {
    return RecordCopy.with(this, "localSteps", other);
  }
}
