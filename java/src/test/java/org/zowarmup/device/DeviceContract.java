package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Distribution;

/**
 * Contract of every device on every network of {@link ContractCase}. The expected values come from
 * the reference device, whose own gradients are held against finite differences of its
 * double-precision loss.
 */
abstract class DeviceContract {
  private static final long SEED = 20_260_901;

  /** The device under test. */
  abstract Device open(int threads);

  /** Largest relative error of losses and logits against double precision. */
  abstract double lossTolerance();

  /** Largest relative error of a tensor's gradient, in norm. */
  abstract double gradientTolerance();

  static Stream<ContractCase> cases() {
    return ContractCase.all().stream();
  }

  private static Device reference() {
    return Devices.open("reference", 1).device();
  }

  /** True if it runs a user's own layers and loss, which are written in Java. */
  boolean runsOwnParts() {
    return true;
  }

  private Fixture fixture(ContractCase c) {
    assumeTrue(runsOwnParts() || !c.hasOwnPart(), "this device runs no parts in Java");
    return new Fixture(open(2), c.graph(), 2 * c.batch() + 1, SEED);
  }

  private static Plan plan(ContractCase c, Plan.Kind kind) {
    return Plan.of(c.graph(), kind, c.batch(), Plan.Placement.REUSED);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void logitsAndLossesAgreeWithDoublePrecision(ContractCase c) {
    try (Fixture here = fixture(c);
        Fixture oracle = new Fixture(reference(), c.graph(), 2 * c.batch() + 1, SEED);
        Executable run = here.device.compile(plan(c, Plan.Kind.FORWARD), 1);
        Executable expected = oracle.device.compile(plan(c, Plan.Kind.FORWARD), 1)) {
      int[] batch = here.samples(1, c.batch());
      assertClose(
          expected.logits(oracle.weights, oracle.images, batch),
          run.logits(here.weights, here.images, batch),
          lossTolerance(),
          1e-6,
          "logits");
      int[] all = here.samples(0, here.images.count()); // ends in a masked tail
      Evaluation mine = run.evaluate(here.weights, here.images, all);
      Evaluation theirs = expected.evaluate(oracle.weights, oracle.images, all);
      assertEquals(theirs.lossSum(), mine.lossSum(), lossTolerance() * theirs.lossSum());
      assertEquals(theirs.correct(), mine.correct());
      assertEquals(all.length, mine.count());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsAgreeWithDoublePrecision(ContractCase c) {
    try (Fixture here = fixture(c);
        Fixture oracle = new Fixture(reference(), c.graph(), 2 * c.batch() + 1, SEED);
        Executable run = here.device.compile(plan(c, Plan.Kind.FORWARD_BACKWARD), 1);
        Executable expected = oracle.device.compile(plan(c, Plan.Kind.FORWARD_BACKWARD), 1);
        Vector mine = here.vector(new float[(int) c.graph().layout().length()]);
        Vector theirs = oracle.zero()) {
      // one less than a batch: the masked tail must leave no trace
      int[] batch = here.samples(2, Math.max(1, c.batch() - 1));
      double loss = run.gradient(here.weights, here.images, batch, mine);
      double expectedLoss = expected.gradient(oracle.weights, oracle.images, batch, theirs);
      assertEquals(expectedLoss, loss, lossTolerance() * expectedLoss);
      float[] g = mine.read();
      float[] e = theirs.read();
      for (ParameterTensor t : c.graph().layout().tensors()) {
        // a bias in front of a norm has no gradient: what is left there is rounding
        double floor = 1e-3 * norm(e);
        assertClose(slice(e, t), slice(g, t), gradientTolerance(), floor, t.name());
      }
      assertPaddingIsZero(here, g);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsAgreeWithFiniteDifferences(ContractCase c) {
    try (Fixture here = fixture(c);
        Fixture oracle = new Fixture(reference(), c.graph(), 2 * c.batch() + 1, SEED);
        Executable run = here.device.compile(plan(c, Plan.Kind.FORWARD_BACKWARD), 1);
        Executable loss = oracle.device.compile(plan(c, Plan.Kind.FORWARD), 1);
        Vector gradient = here.zero()) {
      int[] batch = here.samples(0, c.batch());
      run.gradient(here.weights, here.images, batch, gradient);
      float[] g = gradient.read();
      float h = c.isDouble() ? 1f / (1 << 18) : 1f / (1 << 10);
      double noise = c.isDouble() ? 1e-6 : 2e-4;
      for (ParameterTensor t : some(c)) {
        int step = Math.max(1, t.size() / 3);
        for (int i = (int) t.offset(); i < t.end(); i += step) {
          double difference = centralDifference(oracle, loss, batch, i, h);
          double scale = norm(slice(g, t)) / Math.sqrt(t.size());
          assertEquals(difference, g[i], 2e-3 * scale + noise, t.name() + " element " + i);
        }
      }
    }
  }

  /** Every tensor of a small network, a few of a large one: each costs a pass over all weights. */
  private static List<ParameterTensor> some(ContractCase c) {
    List<ParameterTensor> all = c.graph().layout().tensors();
    int step = all.size() > 20 ? 13 : 1;
    return all.stream().filter(t -> t.index() % step == 0 || t.index() == all.size() - 1).toList();
  }

  /**
   * (L(w_i + h) - L(w_i - h)) / 2h in double precision; h is small enough to meet few kinks of relu
   * and max.
   */
  private static double centralDifference(
      Fixture oracle, Executable loss, int[] batch, int i, float h) {
    float[] w = oracle.weights.read();
    float center = w[i];
    w[i] = center + h;
    float up = w[i];
    double plus;
    double minus;
    try (Vector v = oracle.vector(w)) {
      plus = loss.evaluate(v, oracle.images, batch).meanLoss();
    }
    w[i] = center - h;
    float down = w[i];
    try (Vector v = oracle.vector(w)) {
      minus = loss.evaluate(v, oracle.images, batch).meanLoss();
    }
    return (plus - minus) / ((double) up - down);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void memoryReuseChangesNoBitAndNothingWritesOutsideItsBuffer(ContractCase c) {
    try (Fixture here = fixture(c)) {
      for (Plan.Kind kind : Plan.Kind.values()) {
        Plan reused = Plan.of(c.graph(), kind, c.batch(), Plan.Placement.REUSED);
        Plan guarded = Plan.of(c.graph(), kind, c.batch(), Plan.Placement.GUARDED);
        assertTrue(reused.arenaElements() <= guarded.arenaElements());
        try (Executable a = here.device.compile(reused, 1);
            Executable b = here.device.compile(guarded, 1)) {
          int[] batch = here.samples(0, c.batch());
          for (int pass = 0; pass < 2; pass++) {
            assertArrayEquals(
                a.logits(here.weights, here.images, batch),
                b.logits(here.weights, here.images, batch));
          }
          if (kind == Plan.Kind.FORWARD_BACKWARD) {
            assertSameGradient(here, a, b, batch);
          }
          b.verifyGuards();
          a.verifyGuards();
        }
      }
    }
  }

  private static void assertSameGradient(Fixture here, Executable a, Executable b, int[] batch) {
    try (Vector ga = here.zero();
        Vector gb = here.zero()) {
      assertEquals(
          a.gradient(here.weights, here.images, batch, ga),
          b.gradient(here.weights, here.images, batch, gb));
      assertArrayEquals(ga.read(), gb.read());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aProbeIsAnEvaluationForEachOfItsSides(ContractCase c) {
    try (Fixture here = fixture(c);
        Executable run = here.device.compile(plan(c, Plan.Kind.FORWARD), 1);
        Vector plus = here.zero();
        Vector minus = here.zero();
        Vector moved = here.zero()) {
      float[] before = here.weights.read();
      SeedTerms drift = new SeedTerms(new long[] {-3, 1L << 60}, new float[] {0.01f, -0.02f});
      int[] all = here.samples(0, here.images.count());
      for (Distribution distribution : Distribution.values()) {
        ProbeJob plain = new ProbeJob(SeedTerms.NONE, 42, 1e-3f, all);
        ProbeJob drifted = new ProbeJob(drift, 43, 1e-2f, all);
        ProbeJob[] jobs = {
          plain, drifted, plain, plain.atCenter(), plain.onOneSide(), drifted.onOneSide()
        };
        ProbeJob.Result[] results = run.probe(here.weights, distribution, here.images, jobs);
        here.device.vectors().perturbPair(here.weights, 42, 1e-3f, distribution, plus, minus);
        assertProbe(here, run, plus, minus, all, results[0]);
        assertEquals(results[0], results[2], "the same probe again");
        double center = run.evaluate(here.weights, here.images, all).lossSum();
        assertEquals(ProbeJob.Result.ofPlus(center, all.length), results[3]);
        assertEquals(ProbeJob.Result.ofPlus(results[0].lossSumPlus(), all.length), results[4]);
        assertEquals(ProbeJob.Result.ofPlus(results[1].lossSumPlus(), all.length), results[5]);
        here.device.vectors().copy(here.weights, moved);
        here.device.vectors().accumulateSeeds(moved, 1, drift, distribution);
        here.device.vectors().perturbPair(moved, 43, 1e-2f, distribution, plus, minus);
        assertProbe(here, run, plus, minus, all, results[1]);
      }
      assertArrayEquals(before, here.weights.read(), "a probe must not touch the weights");
    }
  }

  private static void assertProbe(
      Fixture here,
      Executable run,
      Vector plus,
      Vector minus,
      int[] samples,
      ProbeJob.Result probe) {
    assertEquals(run.evaluate(plus, here.images, samples).lossSum(), probe.lossSumPlus());
    assertEquals(run.evaluate(minus, here.images, samples).lossSum(), probe.lossSumMinus());
    assertEquals(samples.length, probe.count());
  }

  /** Differences between the jobs of one call; job i of a call, over images that a fixture has. */
  enum Difference {
    DRIFT,
    SEED,
    EPSILON,
    SIDES,
    SIZES,
    AUGMENTATION,
    EVERYTHING;

    private boolean is(Difference other) {
      return this == other || this == EVERYTHING;
    }

    ProbeJob job(int i, Fixture here) {
      SeedTerms drift = new SeedTerms(new long[] {7, 8}, new float[] {0.02f, -0.01f});
      for (int k = 0; is(DRIFT) && k < i; k++) {
        drift = drift.plus(100L * i + k, 0.02f);
      }
      int[] samples = here.samples(0, is(SIZES) ? 1 + 2 * i : here.images.count());
      ProbeJob job =
          new ProbeJob(
              this == DRIFT || (this == EVERYTHING && i != 2) ? drift : SeedTerms.NONE,
              is(SEED) ? 42 + i : 42,
              is(EPSILON) ? 1e-2f * (i + 1) : 1e-2f,
              samples,
              is(AUGMENTATION) && i % 2 == 1 ? Augmentation.of(i) : Augmentation.NONE);
      return is(SIDES) && i % 2 == 0 ? job.onOneSide() : job;
    }
  }

  @ParameterizedTest
  @EnumSource
  void jobsOfOneCallAreWhatTheyAreAlone(Difference difference) {
    ContractCase c = ContractCase.named("residual with downsampling");
    try (Fixture here = fixture(c);
        Executable run = here.device.compile(plan(c, Plan.Kind.FORWARD), 1)) {
      ProbeJob[] jobs =
          IntStream.range(0, 4).mapToObj(i -> difference.job(i, here)).toArray(ProbeJob[]::new);
      for (Distribution distribution : Distribution.values()) {
        ProbeJob.Result[] together = run.probe(here.weights, distribution, here.images, jobs);
        for (int i = 0; i < jobs.length; i++) {
          ProbeJob[] one = {jobs[i]};
          ProbeJob.Result alone = run.probe(here.weights, distribution, here.images, one)[0];
          String what = distribution + ", job " + i;
          double tolerance = lossTolerance() * alone.lossSumPlus();
          assertEquals(alone.lossSumPlus(), together[i].lossSumPlus(), tolerance, what);
          assertEquals(alone.lossSumMinus(), together[i].lossSumMinus(), tolerance, what);
          assertEquals(alone.count(), together[i].count());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void trainingIsGradientAndSgdStepByStep(ContractCase c) {
    try (Fixture here = fixture(c);
        Executable run = here.device.compile(plan(c, Plan.Kind.FORWARD_BACKWARD), 1);
        Vector trained = here.zero();
        Vector w = here.vector(here.weights.read());
        Vector gradient = here.zero();
        Vector velocity = here.zero()) {
      TrainJob.Sgd sgd = new TrainJob.Sgd(0.05f, 0.9f, 1e-3f);
      List<int[]> batches = List.of(here.samples(0, c.batch()), here.samples(c.batch(), 1));
      TrainJob.Result result =
          run.train(here.weights, trained, here.images, new TrainJob(batches, sgd));
      double lossSum = 0;
      for (int[] batch : batches) {
        lossSum += run.gradient(w, here.images, batch, gradient) * batch.length;
        here.device.vectors().sgdStep(w, gradient, velocity, sgd);
      }
      assertArrayEquals(w.read(), trained.read());
      assertEquals(lossSum, result.lossSum(), 1e-12 * lossSum);
      assertEquals(c.batch() + 1, result.count());
      assertPaddingIsZero(here, trained.read());
      // again, with the velocity of the first time still in memory
      run.train(here.weights, trained, here.images, new TrainJob(batches, sgd));
      assertArrayEquals(w.read(), trained.read());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aProximalTermAddsItsGradientToEveryStep(ContractCase c) {
    try (Fixture here = fixture(c);
        Executable run = here.device.compile(plan(c, Plan.Kind.FORWARD_BACKWARD), 1);
        Vector trained = here.zero();
        Vector w = here.vector(here.weights.read());
        Vector gradient = here.zero()) {
      TrainJob.Sgd sgd = new TrainJob.Sgd(0.05f, 0, 1e-3f);
      List<int[]> batches = List.of(here.samples(0, c.batch()), here.samples(c.batch(), 1));
      float mu = 0.3f;
      TrainJob job = new TrainJob(batches, sgd, Augmentation.NONE, mu);
      run.train(here.weights, trained, here.images, job);
      VectorOps ops = here.device.vectors();
      for (int[] batch : batches) {
        run.gradient(w, here.images, batch, gradient);
        ops.weightedSum(
            gradient, List.of(gradient, w, here.weights), new double[] {1, mu, -(double) mu});
        ops.sgdStep(w, gradient, null, sgd);
      }
      assertArrayEquals(w.read(), trained.read());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void augmentedJobsSeeThePixelsThatPadCropAndFlipMake(ContractCase c) {
    int count = 2 * c.batch() + 1;
    Augmentation augmentation = Augmentation.of(0x9E3779B97F4A7C15L);
    int[] all = IntStream.range(0, count).map(i -> count - 1 - i).toArray();
    List<int[]> batches =
        List.of(Arrays.copyOf(all, c.batch()), Arrays.copyOfRange(all, c.batch(), count - 1));
    TrainJob.Sgd sgd = new TrainJob.Sgd(0.05f, 0, 0);
    try (Fixture here = fixture(c);
        AugmentedImages made = new AugmentedImages(here, all, augmentation);
        Vector expected = here.zero();
        Vector found = here.zero()) {
      int[] inOrder = IntStream.range(0, count).toArray();
      try (Executable run = here.device.compile(plan(c, Plan.Kind.FORWARD), 1)) {
        ProbeJob[] augmented = {new ProbeJob(SeedTerms.NONE, 42, 1e-3f, all, augmentation)};
        ProbeJob[] plain = {new ProbeJob(SeedTerms.NONE, 42, 1e-3f, inOrder)};
        Distribution signs = Distribution.RADEMACHER;
        assertEquals(
            run.probe(here.weights, signs, made.images(), plain)[0],
            run.probe(here.weights, signs, here.images, augmented)[0]);
      }
      try (Executable run = here.device.compile(plan(c, Plan.Kind.FORWARD_BACKWARD), 1)) {
        List<int[]> inBatches =
            List.of(
                Arrays.copyOf(inOrder, c.batch()),
                Arrays.copyOfRange(inOrder, c.batch(), count - 1));
        run.train(here.weights, expected, made.images(), new TrainJob(inBatches, sgd));
        run.train(here.weights, found, here.images, new TrainJob(batches, sgd, augmentation));
        assertArrayEquals(expected.read(), found.read());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void nanNeverPasses(ContractCase c) {
    try (Fixture here = fixture(c);
        Executable run = here.device.compile(plan(c, Plan.Kind.FORWARD), 1)) {
      int[] batch = here.samples(0, c.batch());
      for (ParameterTensor t : some(c)) {
        float[] w = here.weights.read();
        // the whole tensor: a corner of a kernel may meet nothing but padding
        Arrays.fill(w, (int) t.offset(), (int) t.end(), Float.NaN);
        try (Vector broken = here.vector(w)) {
          Evaluation evaluation = run.evaluate(broken, here.images, batch);
          assertTrue(Double.isNaN(evaluation.lossSum()), "loss with a NaN in " + t.name());
          assertEquals(0, evaluation.correct(), "hits with a NaN in " + t.name());
          assertFalse(here.device.vectors().isFinite(broken));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void badCallsAreRefused(ContractCase c) {
    try (Fixture here = fixture(c);
        Executable run = here.device.compile(plan(c, Plan.Kind.FORWARD), 1);
        Vector out = here.zero()) {
      int[] outside = {here.images.count()};
      assertThrows(
          IndexOutOfBoundsException.class, () -> run.evaluate(here.weights, here.images, outside));
      int[] tooMany = here.samples(0, c.batch() + 1);
      assertThrows(
          IllegalArgumentException.class, () -> run.logits(here.weights, here.images, tooMany));
      assertThrows(
          IllegalStateException.class,
          () -> run.gradient(here.weights, here.images, here.samples(0, 1), out));
      assertThrows(IllegalStateException.class, here.device::close, "still in use");
    }
  }

  private static void assertPaddingIsZero(Fixture here, float[] values) {
    boolean[] isParameter = here.isParameter();
    for (int i = 0; i < values.length; i++) {
      if (!isParameter[i]) {
        assertEquals(0, Float.floatToRawIntBits(values[i]), "padding at " + i);
      }
    }
  }

  private static float[] slice(float[] values, ParameterTensor t) {
    return Arrays.copyOfRange(values, (int) t.offset(), (int) t.end());
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float v : values) {
      sum += (double) v * v;
    }
    return Math.sqrt(sum);
  }

  /** Norm of the difference over norm of the expected, at least the floor; NaN fails. */
  private static void assertClose(
      float[] expected, float[] actual, double tolerance, double floor, String what) {
    assertEquals(expected.length, actual.length);
    float[] difference = new float[expected.length];
    for (int i = 0; i < difference.length; i++) {
      difference[i] = actual[i] - expected[i];
    }
    double error = norm(difference) / Math.max(norm(expected), floor);
    assertTrue(error <= tolerance, what + ": relative error " + error + ", allowed " + tolerance);
  }
}
