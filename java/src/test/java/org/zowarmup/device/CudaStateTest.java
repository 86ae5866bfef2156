package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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
import org.zowarmup.random.Distribution;
import org.zowarmup.random.PhiloxRandom;

/**
 * Captured graphs, tables and compute copies are kept from call to call: whatever an executable has
 * done before, and whatever else is in a call, changes no bit of a result.
 */
@Tag(EmulatedCuda.TAG)
final class CudaStateTest {
  private static final int IMAGES = 11;
  private static final int BATCH = 4;
  private static final int CALLS = 30;
  private static final SeedTerms[] DRIFTS = {
    SeedTerms.NONE,
    SeedTerms.NONE.plus(77, 0.01f),
    SeedTerms.NONE.plus(77, 0.01f).plus(5, -0.02f).plus(6, 0.005f)
  };

  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  private static Graph graph() {
    Graph.Builder builder = Graph.builder("kept", new Shape(6, 5, 3));
    int x = builder.add("stem", new Conv(8, 3, 1, 1, true), Graph.INPUT);
    x = builder.add("relu", new Relu(), builder.add("norm", new GroupNorm(2), x));
    x = builder.add("thin", new Conv(5, 3, 2, 1, false), x);
    x = builder.add("pool", Pool.max(2), x);
    builder.add("fc", new Linear(7), builder.add("flat", new Flatten(), x));
    return builder.build(new Loss(7));
  }

  private static int[] samples(PhiloxRandom random, int most) {
    return IntStream.range(0, 1 + random.nextInt(most)).map(i -> random.nextInt(IMAGES)).toArray();
  }

  private static Augmentation augmentation(PhiloxRandom random) {
    return random.nextInt(3) == 0 ? Augmentation.of(random.nextInt(2)) : Augmentation.NONE;
  }

  private static ProbeJob probe(PhiloxRandom random) {
    ProbeJob job =
        new ProbeJob(
            DRIFTS[random.nextInt(DRIFTS.length)],
            random.nextInt(2),
            random.nextInt(2) == 0 ? 1e-2f : 1e-3f,
            samples(random, 2 * BATCH + 1),
            augmentation(random));
    int kind = random.nextInt(4);
    return kind == 0 ? job.onOneSide() : kind == 1 ? job.atCenter() : job;
  }

  private static TrainJob training(PhiloxRandom random) {
    List<int[]> batches =
        IntStream.range(0, 1 + random.nextInt(3)).mapToObj(i -> samples(random, BATCH)).toList();
    TrainJob.Sgd sgd =
        new TrainJob.Sgd(
            0.05f * (1 + random.nextInt(2)), 0.9f * random.nextInt(2), 1e-2f * random.nextInt(2));
    return new TrainJob(batches, sgd, augmentation(random), 0.5f * random.nextInt(2));
  }

  /** A call of an executable with what it is called with; returns what came out. */
  private static BiFunction<Executable, Executable, Object> call(
      PhiloxRandom random, Fixture f, List<Vector> all) {
    Vector weights = all.get(random.nextInt(2));
    Distribution distribution =
        random.nextInt(2) == 0 ? Distribution.RADEMACHER : Distribution.GAUSSIAN;
    switch (random.nextInt(5)) {
      case 0, 1 -> {
        ProbeJob[] jobs =
            IntStream.range(0, 1 + random.nextInt(5))
                .mapToObj(i -> probe(random))
                .toArray(ProbeJob[]::new);
        return (probes, trains) -> List.of(probes.probe(weights, distribution, f.images, jobs));
      }
      case 2 -> {
        TrainJob job = training(random);
        return (probes, trains) -> {
          Vector out = all.get(2);
          Object result = trains.train(weights, out, f.images, job);
          return List.of(result, Arrays.hashCode(out.read()));
        };
      }
      case 3 -> {
        List<int[]> chunks =
            IntStream.range(0, 1 + random.nextInt(3))
                .mapToObj(i -> samples(random, BATCH + 2))
                .toList();
        return (probes, trains) -> probes.evaluate(weights, f.images, chunks);
      }
      default -> {
        int[] batch = samples(random, BATCH);
        return (probes, trains) -> {
          Vector out = all.get(2);
          double loss = trains.gradient(weights, f.images, batch, out);
          float[] logits = probes.logits(weights, f.images, batch);
          return List.of(loss, Arrays.hashCode(out.read()), Arrays.hashCode(logits));
        };
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void whatWasDoneBeforeChangesNoBit(Precision precision) {
    Graph graph = graph();
    Plan forward = Plan.forward(graph, BATCH);
    Plan step = Plan.forwardBackward(graph, BATCH);
    PhiloxRandom random = new PhiloxRandom(precision.toString().hashCode());
    try (Fixture f = new Fixture(Devices.open("cuda:0", 1).device(), graph, IMAGES, 3);
        Vector other = f.zero();
        Vector out = f.zero();
        Executable probes = f.device.compile(forward, 1, precision);
        Executable trains = f.device.compile(step, 1, precision)) {
      float[] values = f.weights.read();
      for (int i = 0; i < values.length; i++) {
        values[i] *= 0.9f;
      }
      other.write(values);
      List<Vector> all = List.of(f.weights, other, out);
      for (int i = 0; i < CALLS; i++) {
        BiFunction<Executable, Executable, Object> call = call(random, f, all);
        Object kept = call.apply(probes, trains);
        try (Executable freshProbes = f.device.compile(forward, 1, precision);
            Executable freshTrains = f.device.compile(step, 1, precision)) {
          assertEquals(call.apply(freshProbes, freshTrains), kept, "call " + i);
        }
      }
    }
  }

  /** Jobs that differ in everything, in one call and each in a call of its own. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void whatElseIsInACallChangesNoBit(Precision precision) {
    Graph graph = graph();
    PhiloxRandom random = new PhiloxRandom(precision.toString().hashCode() + 1);
    try (Fixture f = new Fixture(Devices.open("cuda:0", 1).device(), graph, IMAGES, 3);
        Executable probes = f.device.compile(Plan.forward(graph, BATCH), 1, precision)) {
      for (Distribution distribution : Distribution.values()) {
        ProbeJob[] jobs =
            IntStream.range(0, 40).mapToObj(i -> probe(random)).toArray(ProbeJob[]::new);
        List<ProbeJob.Result> alone = new ArrayList<>();
        for (ProbeJob job : jobs) {
          alone.add(probes.probe(f.weights, distribution, f.images, new ProbeJob[] {job})[0]);
        }
        assertEquals(
            alone,
            List.of(probes.probe(f.weights, distribution, f.images, jobs)),
            "" + distribution);
      }
    }
  }
}
