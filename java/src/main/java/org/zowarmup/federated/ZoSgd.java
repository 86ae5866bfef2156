package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ProbeResult;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * The zeroth-order phase of ZOWarmUp (Legate, Rish, Belilovsky, arXiv 2509.03503): every client of
 * the cohort probes S directions z and sends one scalar g = (L(w + eps z) - L(w - eps z)) / (2 eps)
 * for each (Spall 1992); everyone then applies the one step w -= lr * sum_i n_i / n_Q * 1/S * sum_s
 * g_is z_s. With localSteps above 1 a client goes on from its own steps before the round ends, and
 * sends the scalars of every step.
 */
public final class ZoSgd implements SeedReplayable {
  private final FederatedContext context;
  private final List<Client> pool;
  private final ZoConfig config;
  private final Distribution distribution;
  private final double peakLr;
  private SeedUpdate lastUpdate;

  public ZoSgd(FederatedContext context, List<Client> pool, ZoConfig config) {
    this.context = context;
    this.pool = List.copyOf(pool);
    this.config = config;
    this.distribution = Distribution.valueOf(config.distribution().toUpperCase(Locale.ROOT));
    this.peakLr = learningRate(config, context.executor().graph().layout().parameters());
  }

  /**
   * The learning rate at the start: a number from the config, or for {@code auto} 0.2 Q S / d. The
   * estimate's norm is about sqrt(d / (Q S)) times the gradient's, so the stable step shrinks as Q
   * S / d.
   */
  public static double learningRate(ZoConfig config, long parameters) {
    return config.lr().orElse(0.2 * config.cohort() * config.seeds() / parameters);
  }

  /**
   * Learning rate of a round of the phase, from 0: constant, or half a cosine from the peak to 0.
   */
  double scheduled(int roundOfPhase) {
    if (config.schedule().equals("constant")) {
      return peakLr;
    }
    // StrictMath: the same bits on every machine
    return peakLr * 0.5 * (1 + StrictMath.cos(Math.PI * roundOfPhase / config.rounds()));
  }

  @Override
  public String phase() {
    return "zo";
  }

  /** One client's part of a round. */
  private static final class Participant {
    final Client client;
    final List<Float> scalars = new ArrayList<>();
    SeedTerms drift = SeedTerms.NONE;

    Participant(Client client) {
      this.client = client;
    }
  }

  @Override
  public double round(int round, int roundOfPhase, Vector weights) {
    double lr = scheduled(roundOfPhase);
    List<Client> cohort =
        Cohorts.draw(pool, config.cohort(), context.runSeed(), Purpose.ZO_COHORT, round);
    List<Participant> participants = cohort.stream().map(Participant::new).toList();
    cohort.forEach(context.ledger()::synchronize);
    double lossSum = 0;
    for (int step = 0; step < config.localSteps(); step++) {
      lossSum += localStep(round, step, lr, weights, participants);
    }
    for (Participant p : participants) {
      context.ledger().up(p.client, new Message.Scalars(toArray(p.scalars)));
    }
    SeedUpdate update = update(round, participants, lr);
    apply(roundOfPhase, update, weights);
    lastUpdate = update;
    context.ledger().seedUpdate(cohort, new Message.Terms(update.size()));
    return lossSum / config.localSteps();
  }

  @Override
  public Optional<SeedUpdate> lastUpdate() {
    return Optional.ofNullable(lastUpdate);
  }

  @Override
  public void apply(int roundOfPhase, SeedUpdate update, Vector weights) {
    context
        .executor()
        .vectors()
        .accumulateSeeds(weights, 1, update.terms(context.runSeed()), update.distribution());
  }

  /**
   * Probes of one local step for the whole cohort; returns the mean loss at the two ends of the
   * probes.
   */
  private double localStep(
      int round, int step, double lr, Vector weights, List<Participant> participants) {
    List<ProbeJob> jobs = new ArrayList<>();
    for (Participant p : participants) {
      int[] shared = config.freshBatchPerSeed() ? null : batch(round, p.client, step);
      for (int s = 0; s < config.seeds(); s++) {
        int index = step * config.seeds() + s;
        int[] samples = shared == null ? batch(round, p.client, index) : shared;
        jobs.add(
            new ProbeJob(
                p.drift,
                seed(round, p.client, index),
                epsilon(),
                samples,
                augmentation(round, p.client, index)));
      }
    }
    List<ProbeResult> results =
        context.executor().probe(weights, distribution, context.images(), jobs);
    double lossSum = 0;
    int next = 0;
    for (Participant p : participants) {
      for (int s = 0; s < config.seeds(); s++, next++) {
        ProbeResult result = results.get(next);
        lossSum += (result.lossSumPlus() + result.lossSumMinus()) / (2.0 * result.count());
        take(round, p, jobs.get(next).seed(), result, lr);
      }
    }
    return lossSum / results.size();
  }

  private void take(int round, Participant p, long seed, ProbeResult result, double lr) {
    float g = scalar(result, epsilon());
    if (!Float.isFinite(g)) {
      throw new DivergedException(
          round, p.client, "the scalar " + g, "lower zo.lr, or warmup.lr before the pivot");
    }
    p.scalars.add(g);
    if (config.localSteps() > 1) {
      p.drift = p.drift.plus(seed, (float) (-lr / config.seeds() * g));
    }
  }

  /** g as it is sent: the two-sided difference of the mean losses, rounded to float. */
  static float scalar(ProbeResult result, float epsilon) {
    double delta = (result.lossSumPlus() - result.lossSumMinus()) / result.count();
    return (float) (delta / (2.0 * epsilon));
  }

  private float epsilon() {
    return (float) config.epsilon();
  }

  /**
   * The round's terms: cohort order, then the order of the probes; c = float(lr n_i / (n_Q S) g),
   * subtracted.
   */
  private SeedUpdate update(int round, List<Participant> participants, double lr) {
    long samples = participants.stream().mapToLong(p -> p.client.train().length).sum();
    SeedUpdate.Builder update = new SeedUpdate.Builder(distribution);
    for (Participant p : participants) {
      double share = lr * p.client.train().length / ((double) samples * config.seeds());
      for (int i = 0; i < p.scalars.size(); i++) {
        float coefficient = -(float) (share * p.scalars.get(i));
        update.add(Purpose.ZO_DIRECTION, round, owner(p.client), i, coefficient);
      }
    }
    return update.build();
  }

  /** Whose seeds a client probes, its own or those that all share. */
  private int owner(Client client) {
    return config.ownSeeds() ? client.id() : NamedRandom.NONE;
  }

  private long seed(int round, Client client, int index) {
    return NamedRandom.key(context.runSeed(), Purpose.ZO_DIRECTION, round, owner(client), index);
  }

  /**
   * The whole local set where batch is 0 or no smaller than it, else a draw without replacement.
   */
  private int[] batch(int round, Client client, int index) {
    int[] all = client.train();
    if (config.batch() == 0 || config.batch() >= all.length) {
      return all;
    }
    UniformRandomProvider random =
        NamedRandom.generator(context.runSeed(), Purpose.ZO_BATCH, round, client.id(), index);
    int[] chosen = new PermutationSampler(random, all.length, config.batch()).sample();
    return Arrays.stream(chosen).map(i -> all[i]).toArray();
  }

  private Augmentation augmentation(int round, Client client, int index) {
    return config.augment() ? context.augmentation(round, client, index) : Augmentation.NONE;
  }

  private static float[] toArray(List<Float> values) {
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
  }
}
