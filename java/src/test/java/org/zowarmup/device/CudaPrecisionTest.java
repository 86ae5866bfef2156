package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.zowarmup.device.cuda.EmulatedCuda;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
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
        .filter(c -> !c.name().startsWith("linear 1x1"))
        // three channels within a network: matrix units want more, and only images are padded
        .filter(c -> !c.name().startsWith("conv 5x5 no padding"));
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

  /** Only images are padded: within a network cuDNN may want more channels than there are. */
  @Test
  void aLayerOfTooFewChannelsIsRefusedByItsName() {
    Graph.Builder builder = Graph.builder("thin", new Shape(6, 6, 3));
    int x = builder.add("stem", new Conv(2, 3, 1, 1, false), Graph.INPUT);
    x = builder.add("thin", new Conv(8, 3, 1, 1, false), x);
    builder.add("fc", new Linear(2), builder.add("flat", new Flatten(), x));
    Plan plan = Plan.forward(builder.build(new Loss(2)), 2);
    try (Device device = Devices.open("cuda:0", 1).device()) {
      UnsupportedException e =
          assertThrows(UnsupportedException.class, () -> device.compile(plan, 1, Precision.BF16));
      assertTrue(
          e.getMessage().contains("in bf16 for layer thin, 6x6x2 to 6x6x8, batch 2"),
          e.getMessage());
      device.compile(plan, 1, Precision.FP32).close();
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
