package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Estimate;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.error.ConfigException;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Traffic;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;
import org.zowarmup.setup.ConfigResolver;

/** Scalars that a client makes of its losses and sends. */
class EstimateTest {
  private static final int[] SAMPLES = {3, 1};

  private static List<ProbeJob> directions(int count) {
    return IntStream.range(0, count)
        .mapToObj(s -> new ProbeJob(SeedTerms.NONE, 10 + s, 0.125f, SAMPLES))
        .toList();
  }

  private static List<ProbeJob.Result> losses(double... means) {
    return Arrays.stream(means)
        .mapToObj(mean -> ProbeJob.Result.ofPlus(mean * SAMPLES.length, SAMPLES.length))
        .toList();
  }

  @Test
  void twoSidesRunAsTheyAre() {
    List<ProbeJob> four = directions(4);
    assertEquals(four, Estimate.TWO_SIDED.probes(four));
    ProbeJob.Result r = new ProbeJob.Result(3, 2, 2);
    assertArrayEquals(
        new float[] {2}, Estimate.TWO_SIDED.scalars(directions(1), List.of(r)), "0.5 / 0.25");
    assertEquals(1.25, Estimate.meanLoss(directions(1), List.of(r)));
  }

  @Test
  void oneSideCostsOneLossMoreThanDirections() {
    List<ProbeJob> four = directions(4);
    List<ProbeJob> jobs = Estimate.ONE_SIDED.probes(four);
    assertEquals(5, jobs.size());
    assertTrue(jobs.get(0).isCenter());
    for (int s = 0; s < 4; s++) {
      assertEquals(four.get(s).onOneSide(), jobs.get(s + 1));
    }
    List<ProbeJob.Result> found = losses(1, 1.5, 1.25, 0.75, 1);
    assertArrayEquals(new float[] {4, 2, -2, 0}, Estimate.ONE_SIDED.scalars(jobs, found));
    assertEquals(1, Estimate.meanLoss(jobs, found));
  }

  /** Each client's losses are compared with its own at w. */
  @Test
  void clientsAreToldApart() {
    List<ProbeJob> jobs = new ArrayList<>(Estimate.ONE_SIDED.probes(directions(2)));
    jobs.addAll(Estimate.ONE_SIDED.probes(directions(2)));
    List<ProbeJob.Result> found = losses(1, 1.5, 1.25, 3, 3.25, 2.5);
    assertArrayEquals(new double[] {4, 2, 2, -4}, Estimate.slopes(jobs, found));
    assertEquals(2, Estimate.meanLoss(jobs, found));
  }

  /** numpy.std([1.5, 1.25, 0.75, 1], ddof=1) is 0.3227486121839514. */
  @Test
  void fzooDividesByTheStandardDeviationOfTheLosses() {
    List<ProbeJob> jobs = Estimate.FZOO.probes(directions(4));
    float[] scalars = Estimate.FZOO.scalars(jobs, losses(1, 1.5, 1.25, 0.75, 1));
    double sigma = 0.3227486121839514;
    double[] expected = {4 / sigma, 2 / sigma, -2 / sigma, 0};
    for (int s = 0; s < 4; s++) {
      assertEquals(expected[s], scalars[s], 1e-5);
    }
  }

  @Test
  void equalLossesTellNothing() {
    List<ProbeJob> jobs = Estimate.FZOO.probes(directions(3));
    assertArrayEquals(new float[3], Estimate.FZOO.scalars(jobs, losses(1, 2, 2, 2)));
    float[] broken = Estimate.FZOO.scalars(jobs, losses(1, 2, Double.NaN, 2));
    for (float g : broken) {
      assertTrue(Float.isNaN(g), "a loss that is not a number must not pass for a scalar");
    }
  }

  private static final int[] SIZES = {3, 5, 4, 2};
  private static final float EPSILON = 0.25f;

  /**
   * On a quadratic l_i - l_0 = eps s_i + eps^2 / 2 sum of a_j z_j^2 with the slopes s_i = z_i .
   * gradient; for signs the second term is the same for all i, so sigma is eps times the deviation
   * of the slopes.
   */
  private static double[] expected(
      Quadratics problem, Client client, double[] w, boolean fzoo, Distribution distribution) {
    double[] gradient = problem.gradient(w, client.train());
    double[] a = problem.curvature(client.train());
    double[] differences = new double[3];
    for (int s = 0; s < 3; s++) {
      double[] z = problem.direction(seed(client, s), distribution);
      for (int j = 0; j < z.length; j++) {
        differences[s] += EPSILON * z[j] * gradient[j];
        differences[s] += 0.5 * EPSILON * EPSILON * a[j] * z[j] * z[j];
      }
    }
    double mean = Arrays.stream(differences).sum() / 3;
    double squares = Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
    double sigma = fzoo ? Math.sqrt(squares / 2) : 1;
    return Arrays.stream(differences).map(d -> d / EPSILON / sigma).toArray();
  }

  private static long seed(Client client, int index) {
    return NamedRandom.key(Quadratics.SEED, Purpose.ZO_DIRECTION, 1, client.id(), index);
  }

  @ParameterizedTest
  @CsvSource({"one-sided,rademacher", "one-sided,gaussian", "fzoo,rademacher", "fzoo,gaussian"})
  void aRoundOfOneSidedEstimatesIsWrittenDown(String estimate, String distribution) {
    Quadratics problem = new Quadratics(SIZES);
    float[] start = InitialWeights.draw(problem.graph.layout(), 5);
    double[] w = problem.packed(start);
    double[] expected = w;
    for (Client client : problem.federation.clients()) {
      Distribution z = Distribution.valueOf(distribution.toUpperCase(Locale.ROOT));
      double[] scalars = expected(problem, client, w, estimate.equals("fzoo"), z);
      for (int s = 0; s < 3; s++) {
        double share = 0.05 * client.train().length / (14.0 * 3);
        double[] direction = problem.direction(seed(client, s), z);
        expected = Quadratics.moved(expected, -share * scalars[s], direction);
      }
    }
    RunConfig config =
        MethodRounds.config(
            "zo.estimate=" + estimate, "zo.distribution=" + distribution, "zo.epsilon=" + EPSILON);
    float[] found = MethodRounds.after(1, "zo-only", problem.context(), config, start);
    assertArrayEquals(expected, problem.packed(found), 2e-6);
  }

  /**
   * Steps of FZOO have a length that does not fall with the slope, so the rate must: lr / epsilon
   * goes from 0.1 to 0 by cosine.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1, 1000})
  void fzooEndsAtTheOptimumWhateverTheScaleOfTheStep(double scale) {
    Quadratics problem = new Quadratics(6);
    float[] start = InitialWeights.draw(problem.graph.layout(), 5);
    double epsilon = 1e-3 / scale;
    RunConfig config =
        MethodRounds.config(
            "zo.estimate=fzoo zo.schedule=cosine zo.rounds=600 zo.seeds=8 zo.cohort=1",
            "zo.epsilon=" + epsilon + " zo.lr=" + 0.1 * epsilon);
    float[] end = MethodRounds.after("zo-only", problem.context(), config, start);
    double[] optimum = problem.optimum(problem.federation.clients().get(0).train());
    double before = QuadraticOptimumTest.distance(optimum, problem.packed(start));
    double off = QuadraticOptimumTest.distance(optimum, problem.packed(end));
    assertTrue(before > 0.5 && off < 0.03, "from " + before + " to " + off);
  }

  /** All losses of a client's step are of one batch, and the bytes are those of two sides. */
  @ParameterizedTest
  @CsvSource({"one-sided,true,1", "fzoo,true,2", "fzoo,false,1"})
  void aStepComparesTheSamePixelsAndSendsOneScalarADirection(
      String estimate, boolean own, int localSteps) {
    Traffic[] sent = new Traffic[2];
    for (int i = 0; i < 2; i++) {
      try (SmallFederation small = new SmallFederation("cpu", 1, 7, 4, 9, 3, 13);
          var weights = small.executor.allocate()) {
        weights.write(InitialWeights.draw(small.graph.layout(), 11));
        RecordingExecutor recorder = new RecordingExecutor(small.executor);
        FederatedContext context =
            new FederatedContext(small.federation, recorder, small.images, SmallFederation.SEED);
        RunConfig config =
            MethodRounds.config(
                "zo.batch=3 zo.augment=true zo.lr=1e-4 zo.ownSeeds=" + own,
                "zo.localSteps=" + localSteps,
                "zo.estimate=" + (i == 0 ? estimate : "two-sided"));
        ZoSgd algorithm = new ZoSgd(context, small.federation.clients(), config.zo());
        sent[i] = small.run(algorithm, 1, 0, weights).messages().traffic();
        assertEquals(4 * localSteps * (i == 0 ? 4 : 3), recorder.jobs().size());
        if (i == 0) {
          assertSameImages(recorder.jobs(), localSteps);
        }
      }
    }
    assertEquals(sent[1], sent[0]);
  }

  private static void assertSameImages(List<ProbeJob> jobs, int localSteps) {
    for (int k = 0; k < jobs.size(); k++) {
      ProbeJob center = jobs.get(k / 4 * 4);
      assertEquals(k % 4 == 0, jobs.get(k).isCenter());
      assertEquals(ProbeJob.Sides.PLUS, jobs.get(k).sides());
      assertArrayEquals(center.samples(), jobs.get(k).samples());
      assertEquals(center.augmentation(), jobs.get(k).augmentation());
      assertEquals(center.drift(), jobs.get(k).drift());
      boolean later = k >= jobs.size() / localSteps;
      assertEquals(later ? 3 : 0, center.drift().size());
    }
    if (localSteps > 1) {
      int later = jobs.size() / localSteps;
      assertTrue(!jobs.get(0).augmentation().equals(jobs.get(later).augmentation()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fedkseed", "mezo-local"})
  void stepsOfOneDirectionHaveNoSpread(String method) {
    String only = "methods=[" + method + "]";
    RunConfig config = MethodRounds.config("zo.estimate=fzoo", only);
    ConfigException refused =
        assertThrows(ConfigException.class, () -> ConfigResolver.resolve(config));
    assertEquals(
        "zo.estimate: expected two-sided or one-sided, because the steps of method "
            + method
            + " are of one direction each, which has no spread; found fzoo",
        refused.getMessage());
    ConfigResolver.resolve(MethodRounds.config("zo.estimate=fzoo", "methods=[zowarmup]"));
    ConfigResolver.resolve(MethodRounds.config("zo.estimate=one-sided", only));
  }
}
