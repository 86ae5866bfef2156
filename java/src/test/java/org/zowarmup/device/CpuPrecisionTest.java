package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.random.Distribution;

/**
 * bf16 beside fp32 on a processor with AMX: close, and the same bits again; not equal where layers
 * are wide enough for the library to take tiles. Elsewhere it is refused.
 */
final class CpuPrecisionTest {
  private static final double LOSS = 2e-2; // 8 bits of mantissa in a product

  private static final long SEED = 5;

  private static Fixture fixture(ContractCase c) {
    return new Fixture(Devices.open("cpu", 1).device(), c.graph(), 2 * c.batch() + 1, SEED);
  }

  static Stream<ContractCase> cases() {
    return ContractCase.all().stream().filter(c -> hasTokens(c.graph()));
  }

  private static boolean hasTokens(Graph graph) {
    return Plan.forward(graph, 1).ops().stream()
        .anyMatch(op -> op instanceof Linear.Forward linear && linear.tokens() > 1);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void lossesStayCloseAndRepeatTheirBits(ContractCase c) {
    Plan plan = Plan.forward(c.graph(), c.batch());
    int[] samples = IntStream.range(0, 2 * c.batch() + 1).toArray();
    ProbeJob[] jobs = {
      new ProbeJob(SeedTerms.NONE, 3, 1e-2f, samples),
      new ProbeJob(SeedTerms.NONE, 4, 0.1f, samples)
    };
    try (Fixture here = fixture(c)) {
      assumeTrue(here.device.supports(Precision.BF16), "this processor has no AMX");
      try (Executable exact = here.device.compile(plan, 1);
          Executable reduced = here.device.compile(plan, 1, Precision.BF16)) {
        double loss = exact.evaluate(here.weights, here.images, samples).lossSum();
        double near = reduced.evaluate(here.weights, here.images, samples).lossSum();
        assertEquals(loss, near, LOSS * loss, "loss");
        ProbeJob.Result[] once =
            reduced.probe(here.weights, Distribution.RADEMACHER, here.images, jobs);
        ProbeJob.Result[] again =
            reduced.probe(here.weights, Distribution.RADEMACHER, here.images, jobs);
        assertArrayEquals(once, again);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsStayClose(ContractCase c) {
    Plan plan = Plan.forwardBackward(c.graph(), c.batch());
    int[] batch = IntStream.range(0, c.batch()).toArray();
    try (Fixture here = fixture(c);
        Vector exact = here.zero();
        Vector near = here.zero()) {
      assumeTrue(here.device.supports(Precision.BF16), "this processor has no AMX");
      for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
        try (Executable run = here.device.compile(plan, 1, precision)) {
          Vector to = precision == Precision.FP32 ? exact : near;
          run.gradient(here.weights, here.images, batch, to);
        }
      }
      assertEquals(1, cosine(exact.read(), near.read()), 0.05, "cosine");
    }
  }

  @Test
  void wideLayersAreComputedInBf16() {
    Graph.Builder graph = Graph.builder("wide", new Shape(8, 8, 3));
    int x = graph.add("stem", new Conv(64, 3, 1, 1, false), Graph.INPUT);
    x = graph.add("linear", new Linear.PerToken(64), x);
    graph.add("fc", new Linear(4), graph.add("pool", Pool.globalAverage(), x));
    ContractCase c = new ContractCase("wide", graph.build(new Loss(4)), 16);
    try (Fixture here = fixture(c)) {
      assumeTrue(here.device.supports(Precision.BF16), "this processor has no AMX");
      int[] samples = IntStream.range(0, c.batch()).toArray();
      Plan plan = Plan.forward(c.graph(), c.batch());
      try (Executable exact = here.device.compile(plan, 1);
          Executable reduced = here.device.compile(plan, 1, Precision.BF16)) {
        assertNotEquals(
            exact.evaluate(here.weights, here.images, samples).lossSum(),
            reduced.evaluate(here.weights, here.images, samples).lossSum(),
            "computed in fp32");
      }
    }
  }

  /** Convolutions stay fp32, so that a network of them alone would not be what was asked for. */
  @Test
  void aNetworkWithoutTokensIsRefused() {
    ContractCase c =
        ContractCase.all().stream()
            .filter(one -> !hasTokens(one.graph()))
            .findFirst()
            .orElseThrow();
    try (Fixture here = fixture(c)) {
      assumeTrue(here.device.supports(Precision.BF16), "this processor has no AMX");
      Plan plan = Plan.forward(c.graph(), c.batch());
      UnsupportedException e =
          assertThrows(
              UnsupportedException.class, () -> here.device.compile(plan, 1, Precision.BF16));
      assertEquals(
          "device cpu computes in bf16 the layers of tokens, which model %s has not; use fp32"
              .formatted(c.graph().name()),
          e.getMessage());
    }
  }

  @Test
  void whatTheProcessorLacksIsRefused() {
    ContractCase c = ContractCase.all().get(0);
    Plan plan = Plan.forward(c.graph(), c.batch());
    try (Fixture here = fixture(c)) {
      UnsupportedException e =
          assertThrows(
              UnsupportedException.class, () -> here.device.compile(plan, 1, Precision.TF32));
      assertEquals(
          "device cpu does not compute in tf32 here; fp32 runs everywhere", e.getMessage());
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
