package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.Sgd;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.TrainResult;
import org.zowarmup.device.Vector;
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
  private final Schedule schedule;
  private final ServerOptimizer optimizer;

  public FedAvg(FederatedContext context, List<Client> pool, WarmupConfig config) {
    this.context = context;
    this.pool = List.copyOf(pool);
    this.config = config;
    this.schedule = Schedule.of(config.schedule());
    this.optimizer = new ServerOptimizer(config.server());
  }

  @Override
  public String phase() {
    return "warmup";
  }

  @Override
  public double round(int round, int roundOfPhase, Vector weights) {
    List<Client> cohort =
        Cohorts.draw(pool, config.cohort(), context.runSeed(), Purpose.WARMUP_COHORT, round);
    List<TrainJob> jobs = new ArrayList<>();
    List<Vector> trained = new ArrayList<>();
    try {
      for (Client client : cohort) {
        context.ledger().synchronize(client);
        jobs.add(job(round, roundOfPhase, client));
        trained.add(context.executor().allocate());
      }
      List<TrainResult> results =
          context.executor().train(weights, trained, context.images(), jobs);
      for (int i = 0; i < cohort.size(); i++) {
        if (!context.executor().vectors().isFinite(trained.get(i))) {
          throw new DivergedException(
              round, cohort.get(i), "NaN or infinite weights", "lower warmup.lr");
        }
        context.ledger().up(cohort.get(i), new Message.Model(context.ledger().parameters()));
      }
      take(weights, cohort, trained);
      context.ledger().denseUpdate();
      return meanLoss(results);
    } finally {
      trained.forEach(Vector::close);
    }
  }

  private TrainJob job(int round, int roundOfPhase, Client client) {
    List<int[]> batches = new ArrayList<>();
    for (int epoch = 0; epoch < config.localEpochs(); epoch++) {
      UniformRandomProvider random =
          NamedRandom.generator(
              context.runSeed(), Purpose.LOCAL_SHUFFLE, round, client.id(), epoch);
      int[] order = client.train().clone();
      PermutationSampler.shuffle(random, order);
      for (int from = 0; from < order.length; from += config.batch()) {
        int to = Math.min(order.length, from + config.batch());
        batches.add(Arrays.copyOfRange(order, from, to));
      }
    }
    double lr = config.lr() * schedule.factor(roundOfPhase, config.rounds());
    Sgd sgd = new Sgd((float) lr, (float) config.momentum(), (float) config.weightDecay());
    Augmentation augmentation =
        config.augment() ? context.augmentation(round, client, 0) : Augmentation.NONE;
    return new TrainJob(batches, sgd, augmentation, (float) config.proximal());
  }

  /** What the server does with the answers. */
  private void take(Vector weights, List<Client> cohort, List<Vector> trained) {
    boolean mean = config.server().aggregate().equals(ServerConfig.MEAN);
    if (optimizer.isPlain() && mean) {
      average(weights, cohort, trained, config.serverLr());
      return;
    }
    float[] start = weights.read();
    float[] delta = mean ? mean(weights, cohort, trained) : robust(trained);
    float factor = isScaled() ? (float) config.serverLr() : 1;
    for (int i = 0; i < delta.length; i++) {
      delta[i] = factor * (delta[i] - start[i]);
    }
    optimizer.step(start, delta);
    weights.write(start);
  }

  /** Adam and yogi have a step size of their own. */
  private boolean isScaled() {
    return optimizer.isPlain() || config.server().optimizer().equals("momentum");
  }

  private float[] mean(Vector weights, List<Client> cohort, List<Vector> trained) {
    average(weights, cohort, trained, 1);
    return weights.read();
  }

  private float[] robust(List<Vector> trained) {
    return new RobustMean(config.server())
        .of(trained.stream().map(Vector::read).toArray(float[][]::new));
  }

  /**
   * weights = (1 - serverLr) * weights + serverLr * sum of n_i / n_P * trained_i, in cohort order.
   */
  private void average(Vector weights, List<Client> cohort, List<Vector> trained, double serverLr) {
    long samples = cohort.stream().mapToLong(c -> c.train().length).sum();
    List<Vector> vectors = new ArrayList<>(trained);
    double[] coefficients = new double[cohort.size() + 1];
    for (int i = 0; i < cohort.size(); i++) {
      coefficients[i] = serverLr * cohort.get(i).train().length / samples;
    }
    vectors.add(weights);
    coefficients[cohort.size()] = 1 - serverLr;
    context.executor().vectors().weightedSum(weights, vectors, coefficients);
  }

  @Override
  public AlgorithmState state() {
    return optimizer.state();
  }

  @Override
  public void restore(AlgorithmState state) {
    optimizer.restore(state);
  }

  private static double meanLoss(List<TrainResult> results) {
    double lossSum = 0;
    long count = 0;
    for (TrainResult result : results) {
      lossSum += result.lossSum();
      count += result.count();
    }
    return lossSum / count;
  }
}
