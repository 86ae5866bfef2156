package org.zowarmup.federated.algorithm;

import java.util.List;
import org.zowarmup.config.PrivacyConfig;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.privacy.ScalarPrivacy;
import org.zowarmup.random.NamedRandom;

/**
 * Turns the scalars of a zeroth-order round into the coefficients of its terms. With seeds of their
 * own, in cohort order, then in the order of the probes, c = float(lr n_i / (n_Q S) g); with shared
 * seeds one term a seed, c = float(lr / S times the clients' weighted mean of g, or the robust
 * one). Subtracted. For privacy every client counts 1 / Q, whatever its n_i, and noise is added.
 */
final class ZoCoefficients {
  private final ZoConfig config;
  private final ScalarPrivacy privacy;
  private final List<Client> clients;
  private final long samples;

  /**
   * @param clients whose scalars the server takes, in cohort order
   */
  ZoCoefficients(ZoConfig config, PrivacyConfig privacy, long runSeed, List<Client> clients) {
    this.config = config;
    this.privacy = new ScalarPrivacy(privacy, runSeed);
    this.clients = clients;
    this.samples = clients.stream().mapToLong(c -> c.train().length).sum();
  }

  float[] clipped(float[] scalars) {
    return privacy.clipped(scalars);
  }

  /** Coefficients of the k-th client's own directions. */
  float[] own(int round, double lr, int k, float[] scalars) {
    Client client = clients.get(k);
    double share =
        privacy.on()
            ? lr / ((double) config.cohort() * config.seeds())
            : lr * client.train().length / ((double) samples * config.seeds());
    float[] noise = privacy.on() ? privacy.noise(round, client.id(), scalars.length) : null;
    float[] terms = new float[scalars.length];
    for (int i = 0; i < terms.length; i++) {
      float g = noise == null ? scalars[i] : scalars[i] + noise[i];
      terms[i] = -(float) (share * g);
    }
    return terms;
  }

  /**
   * Coefficients of the shared directions.
   *
   * @param scalars one array a client, at least one
   */
  float[] shared(int round, double lr, List<float[]> scalars) {
    int count = scalars.get(0).length;
    float[] noise = privacy.on() ? privacy.noise(round, NamedRandom.NONE, count) : null;
    boolean mean = config.server().aggregate() == ServerConfig.Aggregate.MEAN;
    float[] terms = new float[count];
    for (int i = 0; i < count; i++) {
      int index = i;
      double g;
      if (!mean) {
        g =
            new RobustMean(config.server())
                .of(scalars.stream().mapToDouble(of -> of[index]).toArray());
      } else if (noise != null) {
        g = (scalars.stream().mapToDouble(of -> of[index]).sum() + noise[i]) / config.cohort();
      } else {
        g = weightedMean(scalars, i);
      }
      terms[i] = -(float) (lr / config.seeds() * g);
    }
    return terms;
  }

  private double weightedMean(List<float[]> scalars, int i) {
    double g = 0;
    for (int k = 0; k < clients.size(); k++) {
      g += (double) clients.get(k).train().length / samples * scalars.get(k)[i];
    }
    return g;
  }
}
