package org.zowarmup.federated.algorithm;

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
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.Cohorts;
import org.zowarmup.federated.DivergedException;
import org.zowarmup.federated.Faults;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Message;
import org.zowarmup.federated.Schedule;
import org.zowarmup.federated.SeedReplayable;
import org.zowarmup.federated.SeedUpdate;
import org.zowarmup.federated.privacy.RenyiAccountant;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * The zeroth-order phase of ZOWarmUp (Legate, Rish, Belilovsky, arXiv 2509.03503): every client of
 * the cohort probes S directions z and sends one scalar g = (L(w + eps z) - L(w - eps z)) / (2 eps)
 * for each (Spall 1992), or another {@link Estimate}; everyone then applies the one step w -= lr *
 * sum_i n_i / n_Q * 1/S * sum_s g_is z_s. With localSteps above 1 a client goes on from its own
 * steps before the round ends, and sends the scalars of every step. Where clients share seeds, a
 * seed's scalars become one term.
 */
public final class ZoSgd implements SeedReplayable {
  private final FederatedContext context;
  private final List<Client> pool;
  private final ZoConfig config;
  private final Distribution distribution;
  private final Estimate estimate;
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

  public ZoSgd(FederatedContext context, List<Client> pool, ZoConfig config, ZoProtocol protocol) {
    this.context = context;
    this.pool = List.copyOf(pool);
    this.config = config;
    this.protocol = protocol;
    this.schedule = Schedule.of(config.schedule());
    this.epsilonSchedule = Schedule.of(config.epsilonSchedule());
    this.optimizer = new ServerOptimizer(config.server());
    this.distribution = Distribution.valueOf(config.distribution().toUpperCase(Locale.ROOT));
    this.estimate = Estimate.of(config);
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
    final boolean corrupted;
    SeedTerms drift = SeedTerms.NONE;

    Participant(Client client, boolean corrupted) {
      this.client = client;
      this.corrupted = corrupted;
    }
  }

  @Override
  public double round(int round, int roundOfPhase, Vector weights) {
    Step step = new Step(round, scheduled(roundOfPhase), epsilon(roundOfPhase));
    List<Client> cohort =
        Cohorts.draw(pool, config.cohort(), context.runSeed(), Purpose.ZO_COHORT, round);
    List<Client> heard = new ArrayList<>();
    List<Participant> participants = call(round, cohort, heard);
    double lossSum = 0;
    for (int local = 0; local < config.localSteps() && !participants.isEmpty(); local++) {
      lossSum += localStep(step, local, weights, participants);
    }
    List<Participant> taken = participants.stream().filter(p -> accepts(round, p)).toList();
    if (taken.isEmpty() && !participants.isEmpty()) {
      throw DivergedException.nothingLeft(round, "zo.lr");
    }
    SeedUpdate update = update(step, taken);
    apply(roundOfPhase, update, weights);
    lastUpdate = update;
    if (protocol.announces()) {
      context.ledger().seedUpdate(heard, new Message.Terms(update.size()));
    } else {
      context.ledger().denseUpdate();
    }
    return participants.isEmpty() ? Double.NaN : lossSum / config.localSteps();
  }

  /**
   * Brings the cohort up to date; returns who will answer in time.
   *
   * @param heard receives who is there at the end of the round
   */
  private List<Participant> call(int round, List<Client> cohort, List<Client> heard) {
    List<Participant> participants = new ArrayList<>();
    for (Client client : cohort) {
      context.ledger().synchronize(client);
      Faults.Fate fate = context.faults().fate(round, client);
      if (fate == Faults.Fate.DROPS) {
        continue;
      }
      int scalars = config.seeds() * config.localSteps();
      context.ledger().up(client, protocol.answer(scalars, context.ledger().parameters()));
      heard.add(client);
      if (fate != Faults.Fate.LATE) {
        participants.add(new Participant(client, fate == Faults.Fate.CORRUPTS));
      }
    }
    return participants;
  }

  /** Whether the server takes a client's scalars. */
  private boolean accepts(int round, Participant p) {
    for (int i = 0; i < p.scalars.size(); i++) {
      if (p.corrupted) {
        p.scalars.set(i, context.faults().corrupt(p.scalars.get(i)));
      }
      float g = p.scalars.get(i);
      if (!context.faults().accepts(g)) {
        context
            .faults()
            .refuse(
                round, p.client, "the scalar " + g, "lower zo.lr, or warmup.lr before the pivot");
        return false;
      }
    }
    return true;
  }

  /** What holds for all probes of a round. */
  private record Step(int round, double lr, float epsilon) {}

  @Override
  public Optional<SeedUpdate> lastUpdate() {
    return Optional.ofNullable(lastUpdate);
  }

  @Override
  public void apply(int roundOfPhase, SeedUpdate update, Vector weights) {
    if (update.size() == 0) {
      return; // nobody answered
    }
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

  /** With own seeds every client's scalars are seen with its name, so sampling hides nobody. */
  @Override
  public void spend(RenyiAccountant accountant, int rounds) {
    boolean isPrivate = context.privacy().ofScalars();
    double noise = isPrivate ? context.privacy().scalarNoise() : 0;
    boolean shared = protocol.seeding() == ZoProtocol.Seeding.SHARED;
    accountant.add(shared ? (double) config.cohort() / pool.size() : 1, noise, rounds);
  }

  @Override
  public AlgorithmState state() {
    return optimizer.state();
  }

  @Override
  public void restore(AlgorithmState state) {
    optimizer.restore(state);
  }

  /** Probes of one local step for the whole cohort; returns the mean loss around the weights. */
  private double localStep(Step step, int local, Vector weights, List<Participant> participants) {
    List<ProbeJob> jobs = new ArrayList<>();
    for (Participant p : participants) {
      jobs.addAll(estimate.probes(directions(step, local, p)));
    }
    List<ProbeResult> results =
        context.executor().probe(weights, distribution, context.images(), jobs);
    int each = jobs.size() / participants.size();
    for (int k = 0; k < participants.size(); k++) {
      int from = k * each;
      List<ProbeJob> asked = jobs.subList(from, from + each);
      float[] scalars = estimate.scalars(asked, results.subList(from, from + each));
      take(step, local, participants.get(k), scalars);
    }
    return Estimate.meanLoss(jobs, results);
  }

  /** The directions of a client's step, as two-sided probes. */
  private List<ProbeJob> directions(Step step, int local, Participant p) {
    int[] shared = config.freshBatchPerSeed() ? null : batch(step.round, p.client, local);
    // losses that are compared across directions are of the same pixels
    boolean samePixels = estimate != Estimate.TWO_SIDED;
    List<ProbeJob> directions = new ArrayList<>();
    for (int s = 0; s < config.seeds(); s++) {
      int index = local * config.seeds() + s;
      int[] samples = shared == null ? batch(step.round, p.client, index) : shared;
      directions.add(
          new ProbeJob(
              p.drift,
              name(step.round, p.client, index).seed(context.runSeed()),
              step.epsilon,
              samples,
              augmentation(step.round, p.client, samePixels ? local : index)));
    }
    return directions;
  }

  private void take(Step step, int local, Participant p, float[] scalars) {
    for (int s = 0; s < scalars.length; s++) {
      float g = scalars[s];
      p.scalars.add(g);
      if (config.localSteps() > 1) {
        long seed = name(step.round, p.client, local * config.seeds() + s).seed(context.runSeed());
        p.drift = p.drift.plus(seed, (float) (-step.lr / config.seeds() * g));
      }
    }
  }

  /** The round's terms. */
  private SeedUpdate update(Step step, List<Participant> participants) {
    SeedUpdate.Builder update = new SeedUpdate.Builder(distribution);
    List<Client> clients = participants.stream().map(p -> p.client).toList();
    ScalarShares shares = new ScalarShares(config, context.privacy(), context.runSeed(), clients);
    List<float[]> scalars =
        participants.stream().map(p -> shares.clipped(toArray(p.scalars))).toList();
    if (participants.isEmpty()) {
      return update.build();
    }
    if (protocol.seeding() == ZoProtocol.Seeding.SHARED) {
      float[] terms = shares.shared(step.round, step.lr, scalars);
      for (int i = 0; i < terms.length; i++) {
        add(update, name(step.round, clients.get(0), i), terms[i]);
      }
      return update.build();
    }
    for (int k = 0; k < clients.size(); k++) {
      float[] terms = shares.own(step.round, step.lr, k, scalars.get(k));
      for (int i = 0; i < terms.length; i++) {
        add(update, name(step.round, clients.get(k), i), terms[i]);
      }
    }
    return update.build();
  }

  private static float[] toArray(List<Float> values) {
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
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
