package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.config.RunConfig;
import org.zowarmup.federated.Client;
import org.zowarmup.nn.InitialWeights;

/**
 * Where every method ends on {@link Quadratics}: at the optimum of the clients that it trains on,
 * or with several local epochs where their pulls cancel, sum of n_i q_i (B_i - w) = 0 with q as in
 * {@link QuadraticStepTest} (client drift). Radii are in the norm of the eight weights; the optima
 * lie {@value #APART} or more apart.
 */
class QuadraticOptimumTest {
  private static final double APART = 0.2;
  private static final int[] SIZES = {3, 5, 4, 2};

  private final Quadratics problem = new Quadratics(SIZES);

  /** Where the pulls of some clients cancel after E epochs of rate 0.3. */
  private double[] rest(Predicate<Client> trains, int epochs, double mu) {
    double[] rest = new double[problem.at.length];
    double[] weights = new double[rest.length];
    for (Client client : problem.federation.clients()) {
      double[] a = problem.curvature(client.train());
      double[] b = problem.optimum(client.train());
      for (int j = 0; j < rest.length && trains.test(client); j++) {
        double q = (1 - Math.pow(1 - 0.3f * (a[j] + mu), epochs)) * a[j] / (a[j] + mu);
        rest[j] += client.train().length * q * b[j];
        weights[j] += client.train().length * q;
      }
    }
    for (int j = 0; j < rest.length; j++) {
      rest[j] /= weights[j];
    }
    return rest;
  }

  private double[] target(String name) {
    Predicate<Client> high = client -> client.type() == Client.Type.HIGH;
    return switch (name) {
      case "high" -> rest(high, 1, 0);
      case "all" -> rest(client -> true, 1, 0);
      case "high, drifted" -> rest(high, 3, 0);
      case "all, drifted" -> rest(client -> true, 3, 0);
      case "high, pulled" -> rest(high, 3, 0.5f);
      default -> throw new IllegalArgumentException(name);
    };
  }

  static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += (a[j] - b[j]) * (a[j] - b[j]);
    }
    return Math.sqrt(sum);
  }

  private double[] end(String method, String... words) {
    RunConfig config = MethodRounds.config(words);
    float[] start = InitialWeights.draw(problem.graph.layout(), 5);
    return problem.packed(MethodRounds.after(method, problem.context(), config, start));
  }

  /** With one epoch the pulls cancel at the optimum of the samples taken together. */
  @ParameterizedTest
  @CsvSource({"high", "all"})
  void theOptimumIsThatOfTheSamplesTakenTogether(String who) {
    List<Client> clients =
        who.equals("all") ? problem.federation.clients() : problem.federation.of(Client.Type.HIGH);
    int[] samples =
        clients.stream().flatMapToInt(c -> java.util.Arrays.stream(c.train())).toArray();
    assertEquals(0, distance(problem.optimum(samples), target(who)), 1e-12);
    assertTrue(distance(target("high"), target("all")) > APART);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          high-res-only  | high          | 1e-6 |
          high-res-only  | high, drifted | 1e-6 | warmup.localEpochs=3
          high-res-only  | high, drifted | 1e-6 | warmup.localEpochs=3 warmup.serverLr=0.5
          fedavg-all     | all           | 1e-6 | warmup.cohort=4
          fedavg-all     | all, drifted  | 1e-6 | warmup.cohort=4 warmup.localEpochs=3
          fedprox        | high, pulled  | 1e-6 | warmup.localEpochs=3 warmup.proximal=0.5
          fedavgm        | high, drifted | 1e-5 | warmup.localEpochs=3 warmup.server.momentum=0.5
          fedadam        | high, drifted | 1e-5 | warmup.localEpochs=3 warmup.server.tau=0.05
          fedyogi        | high, drifted | 1e-5 | warmup.localEpochs=3 warmup.server.tau=0.05
          """)
  void firstOrderMethodsEndWhereTheirPullsCancel(
      String method, String where, double radius, String words) {
    double[] end = end(method, ("zo.rounds=400 " + (words == null ? "" : words)).trim());
    double off = distance(target(where), end);
    assertTrue(off < radius, method + " ends " + off + " from the optimum");
  }

  /** Random directions leave noise, which the falling rate takes away. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          zo-only        | 0.06 |
          zo-only        | 0.06 | zo.distribution=gaussian
          zo-only        | 0.06 | zo.server.optimizer=momentum zo.server.momentum=0.5
          zo-only        | 1e-5 | zo.ownSeeds=false zo.schedule=constant
          decomfl        | 1e-5 | zo.schedule=constant
          decomfl        | 0.06 | zo.localSteps=3
          fedkseed       | 0.06 | zo.poolSeeds=64
          fedzo          | 0.06 | zo.localSteps=3
          mezo-local     | 0.06 |
          zowarmup       | 0.06 | warmup.rounds=20
          zowarmup-auto  | 0.06 | warmup.rounds=20
          zowarmup-mixed | 0.06 | warmup.rounds=20 warmup.lr=0.05 warmup.schedule=cosine
          """)
  void zerothOrderMethodsEndAtTheOptimumOfAll(String method, double radius, String words) {
    String base = "zo.rounds=400 zo.lr=0.05 zo.seeds=8 zo.schedule=cosine ";
    double[] end = end(method, (base + (words == null ? "" : words)).trim());
    double off = distance(target("all"), end);
    assertTrue(off < radius, method + " ends " + off + " from the optimum");
  }
}
