package org.zowarmup.federated.algorithm;

import java.util.Arrays;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.SeedUpdate;

/**
 * The server's optimizer, which takes the mean change of a round, Delta, for a pseudo-gradient:
 *
 * <ul>
 *   <li>momentum (FedAvgM; Hsu, Qi and Brown 2019, arXiv 1909.06335, section 4.3): m = momentum m +
 *       Delta, w += m;
 *   <li>adam and yogi (Reddi et al. 2021, arXiv 2003.00295, algorithm 2): m = momentum m + (1 -
 *       momentum) Delta, v = beta2 v + (1 - beta2) Delta^2 or v = v - (1 - beta2) Delta^2 sign(v -
 *       Delta^2), w += lr m / (sqrt(v) + tau), with v from tau^2 on and no bias correction.
 * </ul>
 *
 * <p>It runs on the host, in fp32 with every operation rounded on its own, once a round: the same
 * bits whatever device computed Delta, at the price of a copy of the weights to the host and back.
 */
public final class ServerOptimizer {
  private static final String FIRST = "server.first";
  private static final String SECOND = "server.second";

  private final ServerConfig config;
  private float[] first;
  private float[] second;

  public ServerOptimizer(ServerConfig config) {
    this.config = config;
  }

  /** Says whether the mean change is the step, so that there is nothing to keep. */
  boolean isPlain() {
    return config.optimizer() == ServerConfig.Optimizer.AVERAGE;
  }

  /**
   * Does to the weights what a round with this update did, bit for bit, without images or clients.
   *
   * @param weights changed in place
   */
  public void apply(SeedUpdate update, Vector weights, VectorOps vectors, long runSeed) {
    if (isPlain() || update.size() == 0) { // of an update without terms no moment is kept
      update.applyTo(weights, vectors, runSeed);
      return;
    }
    float[] moved = weights.read();
    vectors.clear(weights);
    update.applyTo(weights, vectors, runSeed);
    step(moved, weights.read());
    weights.write(moved);
  }

  /**
   * @param weights changed in place
   * @param delta the mean change; 0 in the padding, which stays 0
   */
  void step(float[] weights, float[] delta) {
    switch (config.optimizer()) {
      case AVERAGE -> add(weights, delta);
      case MOMENTUM -> momentum(weights, delta);
      case ADAM, YOGI -> adaptive(weights, delta);
    }
  }

  private static void add(float[] weights, float[] delta) {
    for (int i = 0; i < weights.length; i++) {
      weights[i] += delta[i];
    }
  }

  private void momentum(float[] weights, float[] delta) {
    if (first == null) {
      first = new float[weights.length];
    }
    float keep = (float) config.momentum();
    for (int i = 0; i < weights.length; i++) {
      float kept = keep * first[i];
      first[i] = kept + delta[i];
      weights[i] += first[i];
    }
  }

  private void adaptive(float[] weights, float[] delta) {
    boolean yogi = config.optimizer() == ServerConfig.Optimizer.YOGI;
    float tau = (float) config.tau();
    if (first == null) {
      first = new float[weights.length];
      second = new float[weights.length];
      Arrays.fill(second, tau * tau);
    }
    float lr = (float) config.lr();
    float keepFirst = (float) config.momentum();
    float keepSecond = (float) config.beta2();
    for (int i = 0; i < weights.length; i++) {
      float square = delta[i] * delta[i];
      float m = keepFirst * first[i] + (1 - keepFirst) * delta[i];
      float v =
          yogi
              ? second[i] - (1 - keepSecond) * square * Math.signum(second[i] - square)
              : keepSecond * second[i] + (1 - keepSecond) * square;
      first[i] = m;
      second[i] = v;
      weights[i] += lr * m / ((float) Math.sqrt(v) + tau);
    }
  }

  /** Moments, where there are any. */
  public AlgorithmState state() {
    AlgorithmState state = AlgorithmState.EMPTY;
    if (first != null) {
      state = state.withVector(FIRST, first);
    }
    return second == null ? state : state.withVector(SECOND, second);
  }

  /** Takes back what {@link #state} gave. */
  public void restore(AlgorithmState state) {
    first = state.names().contains(FIRST) ? state.vector(FIRST) : null;
    second = state.names().contains(SECOND) ? state.vector(SECOND) : null;
  }
}
