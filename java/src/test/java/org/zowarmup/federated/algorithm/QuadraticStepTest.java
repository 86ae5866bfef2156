package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.config.RunConfig;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * The first rounds of every method of the registry on {@link Quadratics}, where they can be written
 * down: E whole-batch steps of rate lr with a proximal term mu move a client by q (B - w), q = (1 -
 * (1 - lr (A + mu))^E) A / (A + mu), with A its mean curvature and B its own optimum.
 */
class QuadraticStepTest {
  /** Weights are floats near 1, and so are the scalars that move them. */
  private static final double TOLERANCE = 1e-6;

  private static final int[] SIZES = {3, 5, 4, 2};

  private final Quadratics problem = new Quadratics(SIZES);
  private final List<Client> all = problem.federation.clients();
  private final List<Client> high = problem.federation.of(Client.Type.HIGH);
  private final List<Client> low = problem.federation.of(Client.Type.LOW);
  private final float[] start = InitialWeights.draw(problem.graph.layout(), 5);
  private final double[] w = problem.packed(start);

  /** Those that this class has answers for; others need more of a network than its layout. */
  private static final Set<String> ANSWERED =
      Set.of(
          "decomfl",
          "fedadam",
          "fedavg-all",
          "fedavgm",
          "fedkseed",
          "fedprox",
          "fedyogi",
          "fedzo",
          "high-res-only",
          "mezo-local",
          "zo-only",
          "zowarmup",
          "zowarmup-auto",
          "zowarmup-mixed");

  @Test
  void everyMethodOfTheRegistryIsHere() {
    Set<String> names = new TreeSet<>(Methods.names());
    names.removeIf(name -> name.startsWith("heterofl")); // cuts a network's layers
    assertEquals(new TreeSet<>(ANSWERED), names);
  }

  private void assertAfter(int rounds, double[] expected, String method, String... words) {
    RunConfig config = MethodRounds.config(words);
    float[] found = MethodRounds.after(rounds, method, problem.context(), config, start);
    assertArrayEquals(expected, problem.packed(found), TOLERANCE, method);
  }

  /** Mean change of clients, weighted by their samples. */
  private double[] pull(List<Client> clients, double[] from, double lr, int epochs, double mu) {
    double[] change = new double[from.length];
    double samples = clients.stream().mapToInt(c -> c.train().length).sum();
    for (Client client : clients) {
      double[] a = problem.curvature(client.train());
      double[] b = problem.optimum(client.train());
      for (int j = 0; j < change.length; j++) {
        double q = (1 - Math.pow(1 - lr * (a[j] + mu), epochs)) * a[j] / (a[j] + mu);
        change[j] += client.train().length / samples * q * (b[j] - from[j]);
      }
    }
    return change;
  }

  @Test
  void highResOnlyIsFedAvgOfTheHighResourceClients() {
    double[] once = Quadratics.moved(w, 0.7, pull(high, w, 0.3f, 3, 0));
    double[] twice = Quadratics.moved(once, 0.7, pull(high, once, 0.3f, 3, 0));
    assertAfter(2, twice, "high-res-only", "warmup.localEpochs=3", "warmup.serverLr=0.7");
  }

  @Test
  void fedAvgAllIsFedAvgOfAllClients() {
    double[] expected = Quadratics.moved(w, 1, pull(all, w, 0.3f, 2, 0));
    assertAfter(1, expected, "fedavg-all", "warmup.localEpochs=2", "warmup.cohort=4");
  }

  @Test
  void fedProxPullsTowardsTheGlobalWeights() {
    double[] expected = Quadratics.moved(w, 1, pull(high, w, 0.3f, 3, 0.5f));
    assertAfter(1, expected, "fedprox", "warmup.localEpochs=3", "warmup.proximal=0.5");
    double[] byDefault = Quadratics.moved(w, 1, pull(high, w, 0.3f, 3, 0.01f));
    assertAfter(1, byDefault, "fedprox", "warmup.localEpochs=3");
  }

  @Test
  void fedAvgMKeepsItsMomentum() {
    double[] first = pull(high, w, 0.3f, 2, 0);
    double[] once = Quadratics.moved(w, 1, first);
    double[] second = Quadratics.moved(pull(high, once, 0.3f, 2, 0), 0.8f, first);
    assertAfter(
        2,
        Quadratics.moved(once, 1, second),
        "fedavgm",
        "warmup.localEpochs=2",
        "warmup.server.momentum=0.8");
  }

  /** Reddi et al. 2021, algorithm 2, written out for two rounds. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void fedAdamAndFedYogiAreAlgorithm2(boolean yogi) {
    double[] at = w;
    double[] m = new double[w.length];
    double[] v = new double[w.length];
    Arrays.fill(v, 0.02 * 0.02);
    for (int round = 0; round < 2; round++) {
      double[] delta = pull(high, at, 0.3f, 2, 0);
      double[] next = at.clone();
      for (int j = 0; j < m.length; j++) {
        double square = delta[j] * delta[j];
        m[j] = 0.6 * m[j] + 0.4 * delta[j];
        v[j] = yogi ? v[j] - 0.1 * square * Math.signum(v[j] - square) : 0.9 * v[j] + 0.1 * square;
        next[j] += 0.05 * m[j] / (Math.sqrt(v[j]) + 0.02);
      }
      at = next;
    }
    assertAfter(
        2,
        at,
        yogi ? "fedyogi" : "fedadam",
        "warmup.localEpochs=2 warmup.server.momentum=0.6 warmup.server.beta2=0.9",
        "warmup.server.lr=0.05 warmup.server.tau=0.02");
  }

  /** The seed of a client's probe. */
  private interface Seeds {
    long of(Client client, int index);
  }

  private static Seeds own(int round) {
    return (client, index) ->
        NamedRandom.key(Quadratics.SEED, Purpose.ZO_DIRECTION, round, client.id(), index);
  }

  private static Seeds shared(int round) {
    return (client, index) ->
        NamedRandom.key(Quadratics.SEED, Purpose.ZO_DIRECTION, round, NamedRandom.NONE, index);
  }

  private static Seeds pool(int round, int size) {
    return (client, index) -> {
      int drawn =
          NamedRandom.generator(Quadratics.SEED, Purpose.ZO_POOL, round, client.id(), index)
              .nextInt(size);
      return NamedRandom.key(Quadratics.SEED, Purpose.ZO_DIRECTION, 0, NamedRandom.NONE, drawn);
    };
  }

  /**
   * The clients' mean after local ZO-SGD, whose every step is - lr / S times the sum of (z .
   * gradient) z.
   */
  private double[] zerothOrder(
      List<Client> clients, double[] from, int steps, int seeds, double lr, Seeds names) {
    double[] mean = from.clone();
    double samples = clients.stream().mapToInt(c -> c.train().length).sum();
    for (Client client : clients) {
      double[] at = from;
      for (int step = 0; step < steps; step++) {
        double[] gradient = problem.gradient(at, client.train());
        for (int s = 0; s < seeds; s++) {
          long seed = names.of(client, step * seeds + s);
          double[] z = problem.direction(seed, Distribution.RADEMACHER);
          double slope = 0;
          for (int j = 0; j < z.length; j++) {
            slope += z[j] * gradient[j];
          }
          at = Quadratics.moved(at, -lr / seeds * slope, z);
        }
      }
      double share = client.train().length / samples;
      mean = Quadratics.moved(mean, share, Quadratics.moved(at, -1, from));
    }
    return mean;
  }

  /** The two-sided difference of a quadratic is its slope, however long the step. */
  @ParameterizedTest
  @ValueSource(strings = {"1e-3", "0.3", "1"})
  void zoOnlyStepsAlongExactSlopes(String epsilon) {
    double[] once = zerothOrder(all, w, 1, 3, 0.05, own(1));
    double[] twice = zerothOrder(all, once, 1, 3, 0.05, own(2));
    assertAfter(2, twice, "zo-only", "zo.epsilon=" + epsilon);
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void deComFlSharesItsSeeds(int localSteps) {
    double[] expected = zerothOrder(all, w, localSteps, 3, 0.05, shared(1));
    assertAfter(1, expected, "decomfl", "zo.localSteps=" + localSteps);
  }

  @Test
  void fedKSeedStepsAlongSeedsOfItsPool() {
    double[] once = zerothOrder(all, w, 6, 1, 0.05, pool(1, 5));
    double[] twice = zerothOrder(all, once, 6, 1, 0.05, pool(2, 5));
    assertAfter(2, twice, "fedkseed", "zo.localSteps=2", "zo.poolSeeds=5");
  }

  @Test
  void fedZoTakesLocalSteps() {
    assertAfter(1, zerothOrder(all, w, 4, 3, 0.05, own(1)), "fedzo", "zo.localSteps=4");
  }

  @Test
  void mezoLocalTakesAsManyStepsAsProbes() {
    assertAfter(1, zerothOrder(all, w, 6, 1, 0.05, own(1)), "mezo-local", "zo.localSteps=2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"zowarmup", "zowarmup-auto"})
  void zoWarmUpIsFedAvgThenZoSgd(String method) {
    double[] once = Quadratics.moved(w, 1, pull(high, w, 0.3f, 2, 0));
    double[] pivot = Quadratics.moved(once, 1, pull(high, once, 0.3f, 2, 0));
    assertAfter(2, pivot, method, "warmup.localEpochs=2");
    double[] expected = zerothOrder(all, pivot, 1, 3, 0.05, own(3));
    assertAfter(3, expected, method, "warmup.localEpochs=2");
  }

  /** 8 of 14 samples lie with the high-resource clients. */
  @Test
  void mixedRoundsAverageBothKindsOfSteps() {
    double[] pivot = Quadratics.moved(w, 1, pull(high, w, 0.3f, 2, 0));
    double[] first = Quadratics.moved(pivot, 1, pull(high, pivot, 0.3f, 2, 0));
    double[] zeroth = zerothOrder(low, pivot, 1, 3, 0.05, own(2));
    double[] expected = new double[w.length];
    Arrays.setAll(expected, j -> 8 / 14.0 * first[j] + 6 / 14.0 * zeroth[j]);
    assertAfter(2, expected, "zowarmup-mixed", "warmup.rounds=1", "warmup.localEpochs=2");
  }

  @Test
  void serverOptimizersTakeTheDirectionForAStep() {
    double[] once = zerothOrder(all, w, 1, 3, 0.05, own(1));
    double[] kept = Quadratics.moved(once, -1, w);
    double[] twice = zerothOrder(all, once, 1, 3, 0.05, own(2));
    assertAfter(
        2,
        Quadratics.moved(twice, 0.8f, kept),
        "zo-only",
        "zo.server.optimizer=momentum",
        "zo.server.momentum=0.8");
  }
}
