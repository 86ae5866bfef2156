package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
import org.zowarmup.config.ServerConfig;
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
 * sends the scalars of every step. Where clients share seeds, a seed's scalars become one term.
 */
public final class ZoSgd implements SeedReplayable {
  private final FederatedContext context;
  private final List<Client> pool;
  private final ZoConfig config;
  private final Distribution distribution;
  private final double peakLr;
  private final ZoProtocol protocol;
  private final Schedule schedule;
  private final Schedule epsilonSchedule;
  private final ServerOptimizer optimizer;
  private SeedUpdate lastUpdate;

  /** With seeds that clients own or share, as the config says, and scalars for answers. */
  public ZoSgd(FederatedContext context, List<Client> pool, ZoConfig config) {
    this(context, pool, config, ZoProtocol.of(config));
  }

  ZoSgd(FederatedContext context, List<Client> pool, ZoConfig config, ZoProtocol protocol) {
    this.context = context;
    this.pool = List.copyOf(pool);
    this.config = config;
    this.protocol = protocol;
    this.schedule = Schedule.of(config.schedule());
    this.epsilonSchedule = Schedule.of(config.epsilonSchedule());
    this.optimizer = new ServerOptimizer(config.server());
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

  /** Learning rate of a round of the phase, from 0. */
  double scheduled(int roundOfPhase) {
    return peakLr * schedule.factor(roundOfPhase, config.rounds());
  }

  /**
   * Epsilon of a round of the phase; never below a tenth, where rounding would drown the signal.
   */
  private float epsilon(int roundOfPhase) {
    double factor = Math.max(0.1, epsilonSchedule.factor(roundOfPhase, config.rounds()));
    return (float) (config.epsilon() * factor);
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
    Step step = new Step(round, scheduled(roundOfPhase), epsilon(roundOfPhase));
    List<Client> cohort =
        Cohorts.draw(pool, config.cohort(), context.runSeed(), Purpose.ZO_COHORT, round);
    List<Participant> participants = cohort.stream().map(Participant::new).toList();
    cohort.forEach(context.ledger()::synchronize);
    double lossSum = 0;
    for (int local = 0; local < config.localSteps(); local++) {
      lossSum += localStep(step, local, weights, participants);
    }
    for (Participant p : participants) {
      context.ledger().up(p.client, protocol.answer(p.scalars, context.ledger().parameters()));
    }
    SeedUpdate update = update(step, participants);
    apply(roundOfPhase, update, weights);
    lastUpdate = update;
    if (protocol.sendsVectors()) {
      context.ledger().denseUpdate();
    } else {
      context.ledger().seedUpdate(cohort, new Message.Terms(update.size()));
    }
    return lossSum / config.localSteps();
  }

  /** What holds for all probes of a round. */
  private record Step(int round, double lr, float epsilon) {}

  @Override
  public Optional<SeedUpdate> lastUpdate() {
    return Optional.ofNullable(lastUpdate);
  }

  @Override
  public void apply(int roundOfPhase, SeedUpdate update, Vector weights) {
    SeedTerms terms = update.terms(context.runSeed());
    if (optimizer.isPlain()) {
      context.executor().vectors().accumulateSeeds(weights, 1, terms, update.distribution());
      return;
    }
    try (Vector change = context.executor().allocate()) {
      context.executor().vectors().accumulateSeeds(change, 1, terms, update.distribution());
      float[] moved = weights.read();
      optimizer.step(moved, change.read());
      weights.write(moved);
    }
  }

  @Override
  public AlgorithmState state() {
    return optimizer.state();
  }

  @Override
  public void restore(AlgorithmState state) {
    optimizer.restore(state);
  }

  /**
   * Probes of one local step for the whole cohort; returns the mean loss at the two ends of the
   * probes.
   */
  private double localStep(Step step, int local, Vector weights, List<Participant> participants) {
    List<ProbeJob> jobs = new ArrayList<>();
    for (Participant p : participants) {
      int[] shared = config.freshBatchPerSeed() ? null : batch(step.round, p.client, local);
      for (int s = 0; s < config.seeds(); s++) {
        int index = local * config.seeds() + s;
        int[] samples = shared == null ? batch(step.round, p.client, index) : shared;
        jobs.add(
            new ProbeJob(
                p.drift,
                name(step.round, p.client, index).seed(context.runSeed()),
                step.epsilon,
                samples,
                augmentation(step.round, p.client, index)));
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
        take(step, p, jobs.get(next).seed(), result);
      }
    }
    return lossSum / results.size();
  }

  private void take(Step step, Participant p, long seed, ProbeResult result) {
    float g = scalar(result, step.epsilon);
    if (!Float.isFinite(g)) {
      throw new DivergedException(
          step.round, p.client, "the scalar " + g, "lower zo.lr, or warmup.lr before the pivot");
    }
    p.scalars.add(g);
    if (config.localSteps() > 1) {
      p.drift = p.drift.plus(seed, (float) (-step.lr / config.seeds() * g));
    }
  }

  /** g as it is sent: the two-sided difference of the mean losses, rounded to float. */
  static float scalar(ProbeResult result, float epsilon) {
    double delta = (result.lossSumPlus() - result.lossSumMinus()) / result.count();
    return (float) (delta / (2.0 * epsilon));
  }

  /**
   * The round's terms: with seeds of their own in cohort order, then in the order of the probes, c
   * = float(lr n_i / (n_Q S) g); with shared seeds one term a seed, c = float(lr / S times the
   * clients' weighted mean of g, or the robust one). Subtracted.
   */
  private SeedUpdate update(Step step, List<Participant> participants) {
    SeedUpdate.Builder update = new SeedUpdate.Builder(distribution);
    long samples = participants.stream().mapToLong(p -> p.client.train().length).sum();
    if (protocol.seeding() == ZoProtocol.Seeding.SHARED) {
      addShared(update, step, participants, samples);
      return update.build();
    }
    for (Participant p : participants) {
      double share = step.lr * p.client.train().length / ((double) samples * config.seeds());
      for (int i = 0; i < p.scalars.size(); i++) {
        add(update, name(step.round, p.client, i), -(float) (share * p.scalars.get(i)));
      }
    }
    return update.build();
  }

  private void addShared(
      SeedUpdate.Builder update, Step step, List<Participant> participants, long samples) {
    boolean mean = config.server().aggregate().equals(ServerConfig.MEAN);
    RobustMean robust = mean ? null : new RobustMean(config.server());
    Participant any = participants.get(0);
    for (int i = 0; i < any.scalars.size(); i++) {
      int index = i;
      double g = 0;
      if (mean) {
        for (Participant p : participants) {
          g += (double) p.client.train().length / samples * p.scalars.get(i);
        }
      } else {
        g = robust.of(participants.stream().mapToDouble(p -> p.scalars.get(index)).toArray());
      }
      add(update, name(step.round, any.client, i), -(float) (step.lr / config.seeds() * g));
    }
  }

  private static void add(SeedUpdate.Builder update, ZoProtocol.SeedName name, float coefficient) {
    update.add(Purpose.ZO_DIRECTION, name.round(), name.owner(), name.index(), coefficient);
  }

  private ZoProtocol.SeedName name(int round, Client client, int index) {
    return protocol.name(context.runSeed(), round, client, index);
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
}
