package org.zowarmup.federated.algorithm;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.config.PrivacyConfig;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.DivergedException;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Ledger;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Collects the weights that the clients of a round sent: what the server does not take is left out,
 * and for privacy every change is clipped and their mean gets noise (DP-FedAvg; McMahan et al.
 * 2018, arXiv 1710.06963, algorithm 1, with the fixed denominator P).
 */
public final class ClientChanges {
  private final FederatedContext context;
  private final int round;
  private final Vector start;
  private final List<Client> clients = new ArrayList<>();
  private final List<Vector> trained = new ArrayList<>();

  public ClientChanges(FederatedContext context, int round, Vector start) {
    this.context = context;
    this.round = round;
    this.start = start;
  }

  /** Those of the clients of a class. */
  ClientChanges of(Client.Type type) {
    ClientChanges some = new ClientChanges(context, round, start);
    for (int i = 0; i < clients.size(); i++) {
      if (clients.get(i).type() == type) {
        some.clients.add(clients.get(i));
        some.trained.add(trained.get(i));
      }
    }
    return some;
  }

  List<Client> clients() {
    return clients;
  }

  List<Vector> trained() {
    return trained;
  }

  /**
   * Takes a client's weights, or leaves them out.
   *
   * @param weights changed where they are corrupted or clipped
   * @throws DivergedException where they are bad and bad answers end the run
   */
  public void offer(Ledger.Answer answer, Vector weights) {
    Client client = answer.client();
    if (answer.corrupted()) {
      scale(weights, context.faults().corruptionFactor());
    }
    if (!context.executor().vectors().isFinite(weights)) {
      context.faults().refuse(round, client, "NaN or infinite weights", "lower warmup.lr");
      return;
    }
    PrivacyConfig privacy = context.privacy();
    if (context.faults().limitsChange() || privacy.ofChanges()) {
      double norm = norm(weights);
      if (!context.faults().acceptsChange(norm)) {
        context.faults().refuse(round, client, "a change of norm " + norm, "lower warmup.lr");
        return;
      }
      if (privacy.ofChanges() && norm > privacy.clipChange()) {
        scale(weights, privacy.clipChange() / norm);
      }
    }
    clients.add(client);
    trained.add(weights);
  }

  /** weights = start + factor (weights - start), summed in double and rounded once. */
  private void scale(Vector weights, double factor) {
    double[] parts = {factor, 1 - factor};
    context.executor().vectors().weightedSum(weights, List.of(weights, start), parts);
  }

  /** L2 norm of the change, summed on the host in double in the order of the layout. */
  private double norm(Vector weights) {
    float[] to = weights.read();
    float[] from = start.read();
    double sum = 0;
    for (int i = 0; i < to.length; i++) {
      double change = (double) to[i] - from[i];
      sum += change * change;
    }
    return Math.sqrt(sum);
  }

  /**
   * weights = (1 - serverLr) * weights + serverLr * sum of n_i / n_P * trained_i, in the order of
   * the cohort; for privacy weights + serverLr / P * (sum of the clipped changes + noise). Without
   * clients only the noise is left.
   *
   * @param weights the ones that the clients started from
   * @param cohort P
   */
  public void average(Vector weights, double serverLr, int cohort) {
    boolean isPrivate = context.privacy().ofChanges();
    long samples = clients.stream().mapToLong(c -> c.train().length).sum();
    List<Vector> vectors = new ArrayList<>(trained);
    double[] coefficients = new double[clients.size() + 1];
    for (int i = 0; i < clients.size(); i++) {
      coefficients[i] =
          isPrivate ? serverLr / cohort : serverLr * clients.get(i).train().length / samples;
    }
    vectors.add(weights);
    double taken = isPrivate ? serverLr * clients.size() / cohort : samples == 0 ? 0 : serverLr;
    coefficients[clients.size()] = 1 - taken;
    context.executor().vectors().weightedSum(weights, vectors, coefficients);
    if (isPrivate) {
      addNoise(weights, serverLr / cohort);
    }
  }

  private void addNoise(Vector weights, double factor) {
    double deviation = context.privacy().changeNoise() * context.privacy().clipChange() * factor;
    long[] seed = {
      NamedRandom.key(context.runSeed(), Purpose.PRIVACY_NOISE, round, NamedRandom.NONE, 0)
    };
    SeedTerms noise = new SeedTerms(seed, new float[] {(float) deviation});
    context.executor().vectors().accumulateSeeds(weights, 1, noise, Distribution.GAUSSIAN);
  }
}
