package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.zowarmup.device.cuda.EmulatedCuda;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.nn.op.Select;
import org.zowarmup.random.Distribution;

/**
 * tf32 and bf16 beside fp32 on the same emulated GPU, whose libraries round as the precisions say:
 * close, never equal, and the same bits again when repeated.
 */
@Tag(EmulatedCuda.TAG)
final class CudaPrecisionTest {
  private static final long SEED = 5;

  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  /** Against fp32: the largest relative error of a loss, the smallest cosine of a gradient. */
  private record Bounds(Precision precision, double loss, double cosine) {}

  private static final List<Bounds> BOUNDS =
      List.of(
          // 11 bits of mantissa in a product, 8 in every activation and weight
          new Bounds(Precision.TF32, 5e-3, 0.97), new Bounds(Precision.BF16, 5e-2, 0.8));

  static Stream<ContractCase> cases() {
    return ContractCase.all().stream()
        .filter(c -> !c.hasOwnPart())
        .filter(c -> !c.name().startsWith("linear 1x1"));
  }

  private static Fixture fixture(ContractCase c) {
    return new Fixture(Devices.open("cuda:0", 1).device(), c.graph(), 2 * c.batch() + 1, SEED);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void lossesAndGradientsStayClose(ContractCase c) {
    int[] batch = IntStream.range(0, c.batch()).toArray();
    Plan plan = Plan.forwardBackward(c.graph(), c.batch());
    try (Fixture here = fixture(c);
        Vector exact = here.zero();
        Vector reduced = here.zero()) {
      double loss;
      try (Executable run = here.device.compile(plan, 1, Precision.FP32)) {
        loss = run.gradient(here.weights, here.images, batch, exact);
      }
      for (Bounds bounds : BOUNDS) {
        try (Executable run = here.device.compile(plan, 1, bounds.precision())) {
          double near = run.gradient(here.weights, here.images, batch, reduced);
          assertEquals(loss, near, bounds.loss() * loss, bounds.precision() + " loss");
          double cosine = cosine(exact.read(), reduced.read());
          assertTrue(cosine > bounds.cosine(), bounds.precision() + " gradient: " + cosine);
          assertTrue(cosine < 1, bounds.precision() + " computed in fp32");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void probesAndTrainingRepeatTheirBits(ContractCase c) {
    int[] samples = IntStream.range(0, 2 * c.batch() + 1).toArray();
    int[] batch = IntStream.range(0, c.batch()).toArray();
    TrainJob job = new TrainJob(List.of(batch, batch), new TrainJob.Sgd(0.05f, 0.9f, 1e-4f));
    try (Fixture here = fixture(c);
        Vector once = here.zero();
        Vector again = here.zero();
        Executable probe =
            here.device.compile(Plan.forward(c.graph(), c.batch()), 1, Precision.BF16);
        Executable train =
            here.device.compile(Plan.forwardBackward(c.graph(), c.batch()), 1, Precision.BF16)) {
      ProbeJob[] jobs = {
        new ProbeJob(SeedTerms.NONE, 3, 1e-2f, samples),
        new ProbeJob(SeedTerms.NONE, 4, 1e-2f, samples),
        new ProbeJob(SeedTerms.NONE, 3, 1e-2f, samples).onOneSide()
      };
      ProbeJob.Result[] first = probe.probe(here.weights, Distribution.GAUSSIAN, here.images, jobs);
      ProbeJob.Result[] second =
          probe.probe(here.weights, Distribution.GAUSSIAN, here.images, jobs);
      for (int i = 0; i < jobs.length; i++) {
        assertEquals(first[i], second[i]);
        assertTrue(Double.isFinite(first[i].lossSumPlus()));
      }
      assertNotEquals(first[0], first[1]);
      assertEquals(ProbeJob.Result.ofPlus(first[0].lossSumPlus(), samples.length), first[2]);
      train.train(here.weights, once, here.images, job);
      train.train(here.weights, again, here.images, job);
      assertArrayEquals(once.read(), again.read());
      assertTrue(here.device.vectors().isFinite(once));
    }
  }

  /**
   * Layers of channels that cuDNN does not run in tf32 or bf16, because they are few or odd, are
   * computed in fp32: forward, backward, at the images and within, with a bias and without, with a
   * stride and without.
   */
  @ParameterizedTest
  @CsvSource({"1, 1", "1, 7", "2, 3", "3, 1", "3, 2", "3, 5", "5, 6", "6, 7", "9, 8", "4, 12"})
  void layersOfFewOrOddChannelsAgreeWithTheReference(int channels, int width) {
    Graph.Builder builder = Graph.builder("thin", new Shape(7, 6, channels));
    int x = builder.add("stem", new Conv(width, 3, 1, 1, false), Graph.INPUT);
    x = builder.add("norm", new GroupNorm(1), x);
    x = builder.add("thin", new Conv(channels, 3, 2, 1, true), x);
    x = builder.add("relu", new Relu(), x);
    x = builder.add("last", new Conv(width, 1, 1, 0, true), x);
    builder.add("fc", new Linear(3), builder.add("flat", new Flatten(), x));
    ContractCase thin = new ContractCase("thin", builder.build(new Loss(3)), 5);
    int[] batch = {0, 1, 2, 3, 4};
    Exact exact = reference(thin, 11, 5, batch);
    for (Precision precision : Precision.values()) {
      try (Fixture here = fixture(thin);
          Executable run =
              here.device.compile(Plan.forwardBackward(thin.graph(), 5), 1, precision);
          Executable probe = here.device.compile(Plan.forward(thin.graph(), 5), 1, precision)) {
        assertGradient(exact, here, run, batch, precision);
        ProbeJob job = new ProbeJob(SeedTerms.NONE, 3, 1e-2f, new int[] {0, 1, 2, 3, 4, 5, 6});
        ProbeJob[] jobs = {job, job.atCenter()};
        ProbeJob.Result[] results =
            probe.probe(here.weights, Distribution.RADEMACHER, here.images, jobs);
        assertEquals(
            results[1].lossSumPlus(), results[0].lossSumPlus(), 0.3 * results[1].lossSumPlus());
        assertArrayEquals(
            results, probe.probe(here.weights, Distribution.RADEMACHER, here.images, jobs));
      }
    }
  }

  /** Whatever makes the logits: a convolution, an average of what one has made, tokens, a norm. */
  private static List<ContractCase> ends() {
    Shape images = new Shape(6, 6, 3);
    List<ContractCase> ends = new ArrayList<>();
    for (int classes : new int[] {3, 8}) {
      Graph.Builder pooled = Graph.builder("pooled", images);
      int x = pooled.add("conv", new Conv(8, 3, 1, 1, false), Graph.INPUT);
      x = pooled.add("relu", new Relu(), x);
      x = pooled.add("last", new Conv(classes, 1, 1, 0, true), x);
      pooled.add("pool", Pool.globalAverage(), x);
      ends.add(new ContractCase("pooled", pooled.build(new Loss(classes)), 3));
      Graph.Builder convolved = Graph.builder("convolved", images);
      x = convolved.add("conv", new Conv(8, 3, 1, 1, false), Graph.INPUT);
      convolved.add("last", new Conv(classes, 6, 1, 0, true), x);
      ends.add(new ContractCase("convolved", convolved.build(new Loss(classes)), 3));
      Graph.Builder images3 = Graph.builder("one layer", images);
      images3.add("last", new Conv(classes, 6, 1, 0, false), Graph.INPUT);
      ends.add(new ContractCase("one layer", images3.build(new Loss(classes)), 3));
      Graph.Builder tokens = Graph.builder("tokens", new Shape(1, 4, 4));
      x = tokens.add("each", new Linear.PerToken(classes), Graph.INPUT);
      tokens.add("select", new Select(2), x);
      ends.add(new ContractCase("tokens", tokens.build(new Loss(classes)), 3));
      Graph.Builder flat = Graph.builder("flat", new Shape(1, 1, 4));
      x = flat.add("each", new Linear.PerToken(classes), Graph.INPUT);
      x = flat.add("norm", new GroupNorm(1), x);
      flat.add("flat", new Flatten(), x);
      ends.add(new ContractCase("flat", flat.build(new Loss(classes)), 3));
    }
    return ends;
  }

  @ParameterizedTest
  @MethodSource("ends")
  void logitsOfAnyLayerAgreeWithTheReference(ContractCase end) {
    int[] batch = {0, 1, 2};
    Exact exact = reference(end, 7, 3, batch);
    for (Precision precision : Precision.values()) {
      double tolerance = tolerance(precision);
      try (Fixture here = fixture(end);
          Executable run =
              here.device.compile(Plan.forwardBackward(end.graph(), 3), 1, precision)) {
        assertGradient(exact, here, run, batch, precision);
        assertArrayEquals(
            exact.logits,
            run.logits(here.weights, here.images, batch),
            (float) (5 * tolerance),
            precision + " logits");
      }
    }
  }

  private record Exact(double loss, float[] gradient, float[] logits) {}

  private static Exact reference(ContractCase one, int images, int size, int[] batch) {
    try (Fixture reference =
            new Fixture(Devices.open("reference", 1).device(), one.graph(), images, SEED);
        Executable run = reference.device.compile(Plan.forwardBackward(one.graph(), size), 1);
        Vector gradient = reference.zero()) {
      double loss = run.gradient(reference.weights, reference.images, batch, gradient);
      float[] logits = run.logits(reference.weights, reference.images, batch);
      return new Exact(loss, gradient.read(), logits);
    }
  }

  private static double tolerance(Precision precision) {
    return switch (precision) {
      case FP32 -> 1e-5;
      case TF32 -> 5e-3;
      case BF16 -> 3e-2;
    };
  }

  private static void assertGradient(
      Exact exact, Fixture here, Executable run, int[] batch, Precision precision) {
    double tolerance = tolerance(precision);
    try (Vector gradient = here.zero()) {
      double found = run.gradient(here.weights, here.images, batch, gradient);
      assertEquals(exact.loss, found, tolerance * exact.loss, precision + " loss");
      double cosine = cosine(exact.gradient, gradient.read());
      assertTrue(cosine > 1 - tolerance, precision + " gradient: " + cosine);
    }
  }

  private static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }
}
