package org.zowarmup.federated.algorithm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
import org.zowarmup.config.Schedule;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.Batch;
import org.zowarmup.device.Estimate;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.CohortSampling;
import org.zowarmup.federated.DivergedException;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Ledger;
import org.zowarmup.federated.Message;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.SeedUpdate;
import org.zowarmup.federated.privacy.RenyiAccountant;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * The zeroth-order phase of ZOWarmUp (Legate, Rish, Belilovsky, arXiv 2509.03503): every client of
 * the cohort probes S directions z and sends one scalar g = (L(w + eps z) - L(w - eps z)) / (2 eps)
 * for each (Spall 1992), or another {@link Estimate}; everyone then applies the one step w -= lr *
 * sum_i n_i / n_Q * 1/S * sum_s g_is z_s. With localSteps above 1 a client continues from its own
 * steps before the round ends, and sends the scalars of every step. Where clients share seeds, a
 * seed's scalars become one term.
 */
public final class ZoSgd implements Algorithm {
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

  /** With seeds that clients own or share, as the config says, and scalars for answers. */
  public ZoSgd(FederatedContext context, List<Client> pool, ZoConfig config) {
    this(context, pool, config, ZoProtocol.of(config));
  }

  public ZoSgd(FederatedContext context, List<Client> pool, ZoConfig config, ZoProtocol protocol) {
    this.context = context;
    this.pool = List.copyOf(pool);
    this.config = config;
    this.protocol = protocol;
    this.schedule = config.schedule();
    this.epsilonSchedule = config.epsilonSchedule();
    this.optimizer = new ServerOptimizer(config.server());
    this.distribution = config.distribution();
    this.estimate = config.estimate();
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

  @Override
  public List<String> schedules() {
    return Stream.of(schedule.of("zo.schedule"), epsilonSchedule.of("zo.epsilonSchedule"))
        .flatMap(List::stream)
        .toList();
  }

  @Override
  public Map<String, Double> learningRates(Round.Key key) {
    return Map.of("zo.lr", scheduled(key.roundOfPhase()));
  }

  /** One client's part of a round. */
  private static final class Participant {
    final Client client;
    final boolean corrupted;
    final float[] scalars;
    SeedTerms drift = SeedTerms.NONE;

    Participant(Ledger.Answer answer, int scalars) {
      this.client = answer.client();
      this.corrupted = answer.corrupted();
      this.scalars = new float[scalars];
    }
  }

  /** Scalars that a client sends in a round. */
  private int scalars() {
    return config.seeds() * config.localSteps();
  }

  /** Brings every client that is called up to date, and receives its answer. */
  private Ledger call(Round.Key key, Books books) {
    Ledger ledger = new Ledger(books, protocol.wholeHistoryOrNull());
    long parameters = context.parameters();
    Message answer = protocol.answer(scalars(), parameters);
    for (Client client :
        CohortSampling.draw(
            pool, config.cohort(), context.runSeed(), Purpose.ZO_COHORT, key.round())) {
      ledger.call(client, parameters, answer, context.faults().outcome(key.round(), client));
    }
    long forwards = (long) config.localSteps() * estimate.forwardsOfStep(config.seeds());
    long flops = context.executor().graph().forwardFlops();
    for (Ledger.Answer one : ledger.answers()) {
      ledger.probes(one.client(), forwards * batchImages(one.client()), flops);
    }
    return ledger;
  }

  /**
   * Gives its terms to the clients that are present at the end of the round: one a scalar, or one a
   * shared seed.
   */
  private Round.Messages end(Ledger ledger, int refused) {
    int taken = ledger.answers().size() - refused;
    if (protocol.announces()) {
      boolean shared = protocol.seeding() == ZoProtocol.Seeding.SHARED;
      ledger.seedUpdate((long) scalars() * (shared ? Math.min(taken, 1) : taken));
    } else {
      ledger.denseUpdate();
    }
    return ledger.messages(refused);
  }

  @Override
  public Round.Messages messages(Round.Key key, Books books) {
    Ledger ledger = call(key, books);
    return end(ledger, context.faults().expectedRefusals(ledger.answers()));
  }

  @Override
  public Round round(Round.Key key, Books books, Vector weights) {
    Ledger ledger = call(key, books);
    Step step = new Step(key.round(), scheduled(key.roundOfPhase()), epsilon(key.roundOfPhase()));
    List<Participant> participants =
        ledger.answers().stream().map(answer -> new Participant(answer, scalars())).toList();
    double lossSum = 0;
    for (int local = 0; local < config.localSteps() && !participants.isEmpty(); local++) {
      lossSum += localStep(step, local, weights, participants);
    }
    List<Participant> taken = participants.stream().filter(p -> accepts(step, p)).toList();
    if (taken.isEmpty() && !participants.isEmpty()) {
      throw DivergedException.nothingLeft(key.round(), "zo.lr");
    }
    SeedUpdate update = update(step, taken);
    optimizer.apply(update, weights, context.executor().vectors(), context.runSeed());
    return new Round(
        participants.isEmpty() ? Double.NaN : lossSum / config.localSteps(),
        end(ledger, participants.size() - taken.size()),
        Optional.of(update));
  }

  @Override
  public boolean isSeedReplayable() {
    return true;
  }

  /** Says whether the server takes a client's scalars. */
  private boolean accepts(Step step, Participant p) {
    for (int i = 0; i < p.scalars.length; i++) {
      if (p.corrupted) {
        p.scalars[i] = context.faults().corrupt(p.scalars[i]);
      }
      float g = p.scalars[i];
      if (!context.faults().accepts(g)) {
        String advice = "lower zo.lr, or warmup.lr before the pivot";
        context.faults().refuse(step.round, p.client, "the scalar " + g, advice);
        return false;
      }
    }
    return true;
  }

  /** Holds for all probes of a round. */
  private record Step(int round, double lr, float epsilon) {}

  /** With own seeds every client's scalars are seen with its name, so sampling hides no one. */
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
    List<ProbeJob.Result> results =
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
    Batch shared = config.freshBatchPerSeed() ? null : batch(step.round, p.client, local);
    // losses that are compared across directions are of the same pixels
    boolean samePixels = estimate != Estimate.TWO_SIDED;
    List<ProbeJob> directions = new ArrayList<>();
    for (int s = 0; s < config.seeds(); s++) {
      int index = local * config.seeds() + s;
      directions.add(
          new ProbeJob(
              p.drift,
              name(step.round, p.client, index).seed(context.runSeed()),
              step.epsilon,
              shared == null ? batch(step.round, p.client, index) : shared,
              augmentation(step.round, p.client, samePixels ? local : index),
              ProbeJob.Sides.BOTH));
    }
    return directions;
  }

  private void take(Step step, int local, Participant p, float[] scalars) {
    for (int s = 0; s < scalars.length; s++) {
      int index = local * config.seeds() + s;
      p.scalars[index] = scalars[s];
      if (config.localSteps() > 1) {
        long seed = name(step.round, p.client, index).seed(context.runSeed());
        p.drift = p.drift.plus(seed, (float) (-step.lr / config.seeds() * scalars[s]));
      }
    }
  }

  /** The round's terms. */
  private SeedUpdate update(Step step, List<Participant> participants) {
    SeedUpdate.Builder update = new SeedUpdate.Builder(distribution);
    if (participants.isEmpty()) {
      return update.build();
    }
    List<Client> clients = participants.stream().map(p -> p.client).toList();
    ZoCoefficients coefficients =
        new ZoCoefficients(config, context.privacy(), context.runSeed(), clients);
    List<float[]> scalars =
        participants.stream().map(p -> coefficients.clipped(p.scalars)).toList();
    if (protocol.seeding() == ZoProtocol.Seeding.SHARED) {
      add(update, step, clients.get(0), coefficients.shared(step.round, step.lr, scalars));
      return update.build();
    }
    for (int k = 0; k < clients.size(); k++) {
      float[] own = coefficients.own(step.round, step.lr, k, scalars.get(k));
      add(update, step, clients.get(k), own);
    }
    return update.build();
  }

  private void add(SeedUpdate.Builder update, Step step, Client client, float[] coefficients) {
    for (int i = 0; i < coefficients.length; i++) {
      ZoProtocol.SeedName name = name(step.round, client, i);
      update.add(Purpose.ZO_DIRECTION, name.round(), name.owner(), name.index(), coefficients[i]);
    }
  }

  private ZoProtocol.SeedName name(int round, Client client, int index) {
    return protocol.name(context.runSeed(), round, client, index);
  }

  /** The images of each of a client's probes. */
  private int batchImages(Client client) {
    int all = client.train().length;
    return config.batch() == 0 ? all : Math.min(config.batch(), all);
  }

  /**
   * The whole local set where batch is 0 or no smaller than it, else a draw without replacement.
   */
  private Batch batch(int round, Client client, int index) {
    int[] all = client.train();
    int count = batchImages(client);
    return count == all.length
        ? Batch.of(all)
        : Batch.drawn(count, () -> draw(round, client, index));
  }

  private int[] draw(int round, Client client, int index) {
    int[] all = client.train();
    UniformRandomProvider random =
        NamedRandom.generator(context.runSeed(), Purpose.ZO_BATCH, round, client.id(), index);
    int[] chosen = new PermutationSampler(random, all.length, config.batch()).sample();
    return Arrays.stream(chosen).map(i -> all[i]).toArray();
  }

  private Augmentation augmentation(int round, Client client, int index) {
    return config.augment() ? context.augmentation(round, client, index) : Augmentation.NONE;
  }
}
