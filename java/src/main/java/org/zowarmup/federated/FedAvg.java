package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
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
 * its weights; the server averages them weighted by n_i and moves by serverLr towards the average.
 */
public final class FedAvg implements Algorithm {
  private final FederatedContext context;
  private final List<Client> pool;
  private final WarmupConfig config;

  public FedAvg(FederatedContext context, List<Client> pool, WarmupConfig config) {
    this.context = context;
    this.pool = List.copyOf(pool);
    this.config = config;
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
        jobs.add(job(round, client));
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
      average(weights, cohort, trained);
      context.ledger().denseUpdate();
      return meanLoss(results);
    } finally {
      trained.forEach(Vector::close);
    }
  }

  private TrainJob job(int round, Client client) {
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
    Sgd sgd = new Sgd((float) config.lr(), (float) config.momentum(), (float) config.weightDecay());
    Augmentation augmentation =
        config.augment() ? context.augmentation(round, client, 0) : Augmentation.NONE;
    return new TrainJob(batches, sgd, augmentation);
  }

  /**
   * weights = (1 - serverLr) * weights + serverLr * sum of n_i / n_P * trained_i, in cohort order.
   */
  private void average(Vector weights, List<Client> cohort, List<Vector> trained) {
    long samples = cohort.stream().mapToLong(c -> c.train().length).sum();
    List<Vector> vectors = new ArrayList<>(trained);
    double[] coefficients = new double[cohort.size() + 1];
    for (int i = 0; i < cohort.size(); i++) {
      coefficients[i] = config.serverLr() * cohort.get(i).train().length / samples;
    }
    vectors.add(weights);
    coefficients[cohort.size()] = 1 - config.serverLr();
    context.executor().vectors().weightedSum(weights, vectors, coefficients);
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
