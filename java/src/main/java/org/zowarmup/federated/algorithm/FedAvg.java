package org.zowarmup.federated.algorithm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
import org.zowarmup.config.Schedule;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.CohortSampling;
import org.zowarmup.federated.DivergedException;
import org.zowarmup.federated.Faults;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Ledger;
import org.zowarmup.federated.Message;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.privacy.RenyiAccountant;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Federated averaging (McMahan et al. 2017, arXiv 1602.05629, algorithm 1) on a pool of clients:
 * each client of the cohort starts from the global weights, runs E local epochs of SGD and sends
 * its weights; the server averages them weighted by n_i and moves by serverLr towards the average,
 * or gives the change to its optimizer. With a proximal term the clients minimise L(w) + mu / 2 |w
 * - w_global|^2 (FedProx; Li et al. 2020, arXiv 1812.06127, algorithm 2).
 */
public final class FedAvg implements Algorithm {
  private final FederatedContext context;
  private final List<Client> pool;
  private final WarmupConfig config;
  private final ClientNetworks networks;
  private final Schedule schedule;
  private final ServerOptimizer optimizer;

  public FedAvg(FederatedContext context, List<Client> pool, WarmupConfig config) {
    this(context, pool, config, ClientNetworks.whole(context));
  }

  /**
   * @param networks the part of the network that each client trains
   */
  public FedAvg(
      FederatedContext context, List<Client> pool, WarmupConfig config, ClientNetworks networks) {
    this.networks = networks;
    this.context = context;
    this.pool = List.copyOf(pool);
    this.config = config;
    this.schedule = config.schedule();
    this.optimizer = new ServerOptimizer(config.server());
  }

  @Override
  public String phase() {
    return "warmup";
  }

  @Override
  public List<String> schedules() {
    return schedule.of("warmup.schedule");
  }

  @Override
  public Map<String, Double> learningRates(Round.Key key) {
    return Map.of("warmup.lr", lr(key));
  }

  private double lr(Round.Key key) {
    return config.lr() * schedule.factor(key.roundOfPhase(), config.rounds());
  }

  /** Sends the model to every client that is called, and receives it trained. */
  private Ledger call(Round.Key key, Books books) {
    Ledger ledger = new Ledger(books);
    for (Client client :
        CohortSampling.draw(
            pool, config.cohort(), context.runSeed(), Purpose.WARMUP_COHORT, key.round())) {
      long parameters = networks.parameters(client);
      Faults.Outcome outcome = context.faults().outcome(key.round(), client);
      ledger.call(client, parameters, Message.model(parameters), outcome);
    }
    for (Ledger.Answer answer : ledger.answers()) {
      long images = (long) config.localEpochs() * answer.client().train().length;
      ledger.trains(answer.client(), images, networks.forwardFlops(answer.client()));
    }
    if (!ledger.answers().isEmpty()) {
      ledger.denseUpdate();
    }
    return ledger;
  }

  @Override
  public Round.Messages messages(Round.Key key, Books books) {
    Ledger ledger = call(key, books);
    return ledger.messages(context.faults().expectedRefusalsOfChanges(ledger.answers()));
  }

  @Override
  public Round round(Round.Key key, Books books, Vector weights) {
    Ledger ledger = call(key, books);
    List<Client> clients = ledger.answers().stream().map(Ledger.Answer::client).toList();
    if (clients.isEmpty()) {
      return new Round(Double.NaN, ledger.messages(0));
    }
    List<TrainJob> jobs = clients.stream().map(client -> job(key, client)).toList();
    boolean plain = optimizer.isPlain() && isMean();
    ClientChanges changes =
        new ClientChanges(
            context,
            networks,
            key.round(),
            weights,
            ledger.answers(),
            plain ? config.serverLr() : 1,
            config.cohort(),
            !isMean());
    List<TrainJob.Result> results = networks.train(weights, clients, jobs, changes);
    if (changes.clients().isEmpty()) {
      throw DivergedException.nothingLeft(key.round(), "warmup.lr");
    }
    take(weights, changes, plain);
    return new Round(meanLoss(results), ledger.messages(clients.size() - changes.clients().size()));
  }

  private boolean isMean() {
    return config.server().aggregate() == ServerConfig.Aggregate.MEAN;
  }

  private TrainJob job(Round.Key key, Client client) {
    List<int[]> batches = new ArrayList<>();
    for (int epoch = 0; epoch < config.localEpochs(); epoch++) {
      UniformRandomProvider random =
          NamedRandom.generator(
              context.runSeed(), Purpose.LOCAL_SHUFFLE, key.round(), client.id(), epoch);
      int[] order = client.train().clone();
      PermutationSampler.shuffle(random, order);
      for (int from = 0; from < order.length; from += config.batch()) {
        int to = Math.min(order.length, from + config.batch());
        batches.add(Arrays.copyOfRange(order, from, to));
      }
    }
    TrainJob.Sgd sgd =
        new TrainJob.Sgd((float) lr(key), (float) config.momentum(), (float) config.weightDecay());
    Augmentation augmentation =
        config.augment() ? context.augmentation(key.round(), client, 0) : Augmentation.NONE;
    return new TrainJob(batches, sgd, augmentation, (float) config.proximal());
  }

  /** Moves the weights by the answers. */
  private void take(Vector weights, ClientChanges changes, boolean plain) {
    RobustMean robust = new RobustMean(config.server());
    ClientNetworks.Rule rule =
        isMean() ? changes::average : (w, highOnly) -> changes.middle(w, highOnly, robust);
    if (plain) {
      networks.aggregate(weights, changes.clients(), rule);
      return;
    }
    float[] start = weights.read();
    networks.aggregate(weights, changes.clients(), rule);
    float[] delta = weights.read();
    float factor = isScaled() ? (float) config.serverLr() : 1;
    for (int i = 0; i < delta.length; i++) {
      delta[i] = factor * (delta[i] - start[i]);
    }
    optimizer.step(start, delta);
    weights.write(start);
  }

  /** Adam and yogi have a step size of their own. */
  private boolean isScaled() {
    return optimizer.isPlain() || config.server().optimizer() == ServerConfig.Optimizer.MOMENTUM;
  }

  @Override
  public void spend(RenyiAccountant accountant, int rounds) {
    boolean isPrivate = context.privacy().ofChanges();
    double noise = isPrivate ? context.privacy().changeNoise() : 0;
    accountant.add((double) config.cohort() / pool.size(), noise, rounds);
  }

  @Override
  public AlgorithmState state() {
    return optimizer.state();
  }

  @Override
  public void restore(AlgorithmState state) {
    optimizer.restore(state);
  }

  private static double meanLoss(List<TrainJob.Result> results) {
    double lossSum = 0;
    long count = 0;
    for (TrainJob.Result result : results) {
      lossSum += result.lossSum();
      count += result.count();
    }
    return lossSum / count;
  }
}
