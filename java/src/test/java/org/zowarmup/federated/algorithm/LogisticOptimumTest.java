package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Client;

/**
 * Where every method ends on {@link LogisticRegression}, against numpy's optima, which lie 1.2
 * apart. Radii are in the norm of the six differences that the data determine.
 */
class LogisticOptimumTest {
  private static LogisticRegression problem;

  @BeforeAll
  static void open() {
    problem = new LogisticRegression("reference");
  }

  @AfterAll
  static void close() {
    problem.close();
  }

  private static List<Client> clients(String who) {
    return who.equals("all")
        ? problem.federation.clients()
        : problem.federation.of(Client.Type.HIGH);
  }

  @ParameterizedTest
  @CsvSource({"high", "all"})
  void theLossAtTheOptimumIsNumpys(String who) {
    LogisticRegression.Optimum optimum = LogisticRegression.optimum(who);
    int[] samples = clients(who).stream().flatMapToInt(c -> Arrays.stream(c.train())).toArray();
    try (Vector weights = problem.executor.allocate();
        Vector gradient = problem.executor.allocate()) {
      weights.write(problem.weights(optimum.weights()));
      Evaluation found = problem.executor.evaluate(weights, problem.images, samples);
      assertEquals(optimum.loss(), found.meanLoss(), 1e-9);
      problem.executor.gradient(weights, problem.images, samples, gradient);
      for (float slope : gradient.read()) {
        assertEquals(0, slope, 1e-7);
      }
    }
  }

  @Test
  void theOptimaAreFarApart() {
    double[] high = LogisticRegression.optimum("high").weights();
    double[] all = LogisticRegression.optimum("all").weights();
    assertEquals(1.2, QuadraticOptimumTest.distance(high, all), 0.1);
  }

  private static void assertEnds(
      String method, String where, double radius, String base, String words) {
    RunConfig config = MethodRounds.config((base + (words == null ? "" : " " + words)));
    float[] start = new float[(int) problem.graph.layout().length()];
    float[] end = MethodRounds.after(method, problem.context(), config, start);
    double[] expected = LogisticRegression.optimum(where).weights();
    double off = QuadraticOptimumTest.distance(expected, problem.differences(end));
    assertTrue(off < radius, method + " ends " + off + " from the optimum of " + where);
  }

  /** One epoch of one batch a round: their average is a step of the clients' common loss. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          high-res-only  | high | 1e-4 |
          fedavg-all     | all  | 1e-4 | warmup.cohort=4
          fedprox        | high | 1e-4 | warmup.proximal=0.5
          fedavgm        | high | 1e-4 | warmup.server.momentum=0.5
          fedadam        | high | 1e-4 | warmup.server.tau=0.1 warmup.server.lr=0.1
          fedyogi        | high | 1e-4 | warmup.server.tau=0.1 warmup.server.lr=0.1
          """)
  void firstOrderMethodsEndAtTheOptimumOfTheirClients(
      String method, String where, double radius, String words) {
    assertEnds(method, where, radius, "warmup.lr=2 zo.rounds=400", words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          zo-only        | 0.1  |
          zo-only        | 0.1  | zo.distribution=gaussian
          zo-only        | 0.1  | zo.estimate=one-sided
          decomfl        | 0.01 | zo.schedule=constant
          fedkseed       | 0.1  | zo.lr=0.1
          fedzo          | 0.1  | zo.localSteps=2
          mezo-local     | 0.1  | zo.lr=0.1
          zowarmup       | 0.1  | warmup.rounds=20
          zowarmup-auto  | 0.1  | warmup.rounds=20
          zowarmup-mixed | 0.1  | warmup.rounds=20 warmup.lr=0.5 warmup.schedule=cosine
          """)
  void zerothOrderMethodsEndAtTheOptimumOfAll(String method, double radius, String words) {
    assertEnds(
        method, "all", radius, "zo.rounds=300 zo.lr=0.5 zo.seeds=8 zo.schedule=cosine", words);
  }
}
