package org.zowarmup.federated;

import java.util.List;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.distribution.ZigguratSampler;
import org.zowarmup.config.FaultsConfig;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Decides which clients of a round fall silent, answer late or send nonsense. Draws are named by
 * round and client, so a client's outcome depends neither on its company nor on the method.
 */
public final class Faults {
  private static final float HUGE = 1e6f;

  private final FaultsConfig config;
  private final long runSeed;

  /** The outcome of a server's call to a client. */
  public enum Outcome {
    /** It answers in time. */
    ANSWERS,
    /** It was called, and sends nothing more in this round. */
    DROPS,
    /** It sends its answer after the server has stopped waiting. */
    LATE,
    /** It answers in time, and wrongly. */
    CORRUPTS
  }

  /**
   * Answers that the server did without in a round.
   *
   * @param dropped clients that fell silent
   * @param late clients that answered after the deadline
   * @param refused clients whose answer was not finite or beyond a limit
   */
  public record Count(int dropped, int late, int refused) {
    /** Every client answered. */
    public static final Count NONE = new Count(0, 0, 0);

    /** Says whether the server did without anything. */
    public boolean any() {
      return dropped + late + refused > 0;
    }

    /** The sum. */
    public Count plus(Count other) {
      return new Count(dropped + other.dropped, late + other.late, refused + other.refused);
    }
  }

  public Faults(FaultsConfig config, long runSeed) {
    this.config = config;
    this.runSeed = runSeed;
  }

  /** The outcome of calling a client in a round. */
  public Outcome outcome(int round, Client client) {
    UniformRandomProvider random =
        NamedRandom.generator(runSeed, Purpose.CLIENT_FAULT, round, client.id(), 0);
    boolean drops = random.nextDouble() < config.dropout();
    boolean corrupts = random.nextDouble() < config.corrupt();
    double deviate = ZigguratSampler.NormalizedGaussian.of(random).sample();
    if (drops) {
      return Outcome.DROPS;
    }
    double time = StrictMath.exp(config.latencySpread() * deviate);
    if (config.deadline() > 0 && time > config.deadline()) {
      return Outcome.LATE;
    }
    return corrupts ? Outcome.CORRUPTS : Outcome.ANSWERS;
  }

  /** Changes a number as a corrupting client does. */
  public float corrupt(float value) {
    return value * corruptionFactor();
  }

  /** The factor by which a corrupting client multiplies its answer. */
  public float corruptionFactor() {
    return config.corruption() == FaultsConfig.Corruption.NAN ? Float.NaN : HUGE;
  }

  /** Says whether the server takes a scalar. */
  public boolean accepts(float scalar) {
    return Float.isFinite(scalar)
        && (config.maxScalar() == 0 || Math.abs(scalar) <= config.maxScalar());
  }

  /** Says whether the server takes a change of the weights, by its L2 norm; NaN never. */
  public boolean acceptsChange(double norm) {
    return Double.isFinite(norm) && (config.maxChange() == 0 || norm <= config.maxChange());
  }

  /** Says whether the norm of a change has to be known. */
  public boolean limitsChange() {
    return config.maxChange() > 0;
  }

  /**
   * Leaves a bad answer out.
   *
   * @throws DivergedException where bad answers end the run
   */
  public void refuse(int number, Client client, String found, String advice) {
    if (!config.refuses()) {
      throw new DivergedException(
          number, client, found, advice + ", or set faults.onBadAnswer=refuse");
    }
  }

  /** Says whether a bad answer is left out, instead of ending the run. */
  public boolean mayRefuse() {
    return config.refuses();
  }

  /** The number of scalars that the server is expected to refuse: of the honest none. */
  public int expectedRefusals(List<Ledger.Answer> answers) {
    return expectedRefusals(answers, config.maxScalar());
  }

  /** The number of changes of the weights that the server is expected to refuse. */
  public int expectedRefusalsOfChanges(List<Ledger.Answer> answers) {
    return expectedRefusals(answers, config.maxChange());
  }

  private int expectedRefusals(List<Ledger.Answer> answers, double limit) {
    boolean refused = Float.isNaN(corruptionFactor()) || limit > 0;
    return refused ? (int) answers.stream().filter(Ledger.Answer::corrupted).count() : 0;
  }
}
