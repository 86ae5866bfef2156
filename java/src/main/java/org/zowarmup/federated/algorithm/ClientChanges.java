package org.zowarmup.federated.algorithm;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.config.PrivacyConfig;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.Answers;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.DivergedException;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Ledger;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Receives the weights that the clients of a round send: what the server does not take is left out,
 * and for privacy every change is clipped and their mean gets noise (DP-FedAvg; McMahan et al.
 * 2018, arXiv 1710.06963, algorithm 1, with the fixed denominator P). A mean whose coefficients are
 * known is summed while answers come in, so that none is kept; a rule that needs all of them by
 * coordinate, or one whose coefficients depend on who is refused, keeps this rank's coordinates.
 */
public final class ClientChanges implements Answers {
  private final FederatedContext context;
  private final ClientNetworks networks;
  private final int round;
  private final float[] start;
  private final List<Ledger.Answer> answers;
  private final double serverLr;
  private final int cohort;
  private final boolean keeps;
  private final List<Client> taken = new ArrayList<>();
  private final List<float[]> kept = new ArrayList<>();
  private final Sum all;
  private final Sum high;
  private int from;

  /** A mean over some clients, in double in cohort order. */
  private final class Sum {
    final boolean highOnly;
    final long samples;
    double[] values;

    /**
     * @param counted all whose answers it will get
     */
    Sum(List<Client> counted, boolean highOnly) {
      this.highOnly = highOnly;
      this.samples =
          counted.stream()
              .filter(client -> counts(client, highOnly))
              .mapToLong(client -> client.train().length)
              .sum();
    }

    void add(Client client, float[] slice) {
      if (!counts(client, highOnly)) {
        return;
      }
      values = values == null ? new double[slice.length] : values;
      double coefficient =
          context.privacy().ofChanges()
              ? serverLr / cohort
              : serverLr * client.train().length / samples;
      for (int i = 0; i < slice.length; i++) {
        values[i] += coefficient * slice[i];
      }
    }
  }

  /**
   * @param weights the ones that the clients start from
   * @param answers of the round, in cohort order
   * @param serverLr factor of the mean's change
   * @param cohort P
   * @param byCoordinate whether the server's rule needs all answers at once
   */
  public ClientChanges(
      FederatedContext context,
      ClientNetworks networks,
      int round,
      Vector weights,
      List<Ledger.Answer> answers,
      double serverLr,
      int cohort,
      boolean byCoordinate) {
    this.context = context;
    this.networks = networks;
    this.round = round;
    this.start = weights.read();
    this.answers = answers;
    this.serverLr = serverLr;
    this.cohort = cohort;
    this.keeps = byCoordinate || (context.faults().mayRefuse() && !context.privacy().ofChanges());
    List<Client> called = answers.stream().map(Ledger.Answer::client).toList();
    this.all = new Sum(called, false);
    this.high = new Sum(called, true);
  }

  /** Clients whose answers were taken, in cohort order. */
  public List<Client> clients() {
    return taken;
  }

  /**
   * What the client sends: its weights, changed where they are corrupted or clipped.
   *
   * @return with the L2 norm of the change for a note; 0 where it need not be known, NaN for
   *     weights that are not finite
   */
  @Override
  public Answer answer(int job, float[] trained) {
    Ledger.Answer answer = answers.get(job);
    float[] values = networks.whole(answer.client(), trained, start);
    if (answer.corrupted()) {
      scale(values, context.faults().corruptionFactor());
    }
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return new Answer(values, Double.NaN);
      }
    }
    PrivacyConfig privacy = context.privacy();
    if (!context.faults().limitsChange() && !privacy.ofChanges()) {
      return new Answer(values, 0);
    }
    double norm = norm(values);
    if (privacy.ofChanges() && norm > privacy.clipChange()) {
      scale(values, privacy.clipChange() / norm);
    }
    return new Answer(values, norm);
  }

  /**
   * Takes a client's weights, or leaves them out.
   *
   * @throws DivergedException where they are bad and bad answers end the run
   */
  @Override
  public boolean receive(int job, double norm, int first, float[] values) {
    from = first;
    Client client = answers.get(job).client();
    if (Double.isNaN(norm)) {
      context.faults().refuse(round, client, "NaN or infinite weights", "lower warmup.lr");
    } else if (!context.faults().acceptsChange(norm)) {
      context.faults().refuse(round, client, "a change of norm " + norm, "lower warmup.lr");
    } else {
      taken.add(client);
      if (keeps) {
        kept.add(values);
      } else {
        all.add(client, values);
        if (!networks.isOne()) {
          high.add(client, values);
        }
      }
      return keeps;
    }
    return false;
  }

  /** values = start + factor (values - start), summed in double and rounded once. */
  private void scale(float[] values, double factor) {
    for (int i = 0; i < values.length; i++) {
      double sum = 0;
      sum += factor * values[i];
      sum += (1 - factor) * start[i];
      values[i] = (float) sum;
    }
  }

  /** L2 norm of the change, summed in double in the order of the layout. */
  private double norm(float[] values) {
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      double change = (double) values[i] - start[i];
      sum += change * change;
    }
    return Math.sqrt(sum);
  }

  private static boolean counts(Client client, boolean highOnly) {
    return !highOnly || client.type() == Client.Type.HIGH;
  }

  /**
   * weights = (1 - serverLr) * weights + serverLr * sum of n_i / n_P * trained_i, in the order of
   * the cohort; for privacy weights + serverLr / P * (sum of the clipped changes + noise). Without
   * clients only the noise is left.
   *
   * @param weights the ones that the clients started from
   * @param highOnly over the high-resource clients alone
   */
  public void average(Vector weights, boolean highOnly) {
    boolean isPrivate = context.privacy().ofChanges();
    Sum sum = highOnly ? high : all;
    if (keeps) {
      sum = new Sum(taken, highOnly);
      for (int k = 0; k < kept.size(); k++) {
        sum.add(taken.get(k), kept.get(k));
      }
    }
    long clients = taken.stream().filter(client -> counts(client, highOnly)).count();
    double part = isPrivate ? serverLr * clients / cohort : clients == 0 ? 0 : serverLr;
    if (sum.values != null) {
      float[] slice = new float[sum.values.length];
      for (int i = 0; i < slice.length; i++) {
        slice[i] = (float) (sum.values[i] + (1 - part) * start[from + i]);
      }
      weights.write(context.executor().join(slice));
    }
    if (isPrivate) {
      addNoise(weights, serverLr / cohort);
    }
  }

  /** By coordinate, over those who hold it; without clients the weights stay. */
  void middle(Vector weights, boolean highOnly, RobustMean rule) {
    float[][] slices =
        IntStream.range(0, kept.size())
            .filter(k -> counts(taken.get(k), highOnly))
            .mapToObj(kept::get)
            .toArray(float[][]::new);
    if (slices.length > 0) {
      weights.write(context.executor().join(rule.of(slices)));
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
