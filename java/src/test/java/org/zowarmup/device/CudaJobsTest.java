package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.zowarmup.device.cuda.EmulatedCuda;
import org.zowarmup.error.OutOfDeviceMemoryException;
import org.zowarmup.executor.LaneExecutor;
import org.zowarmup.executor.Workload;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.Distribution;

/** Many jobs at once on the emulated GPU, as the executor hands them to its lanes. */
@Tag(EmulatedCuda.TAG)
final class CudaJobsTest {
  private static final int IMAGES = 40;

  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  private static Graph cnn() {
    return ContractCase.named("residual with downsampling").graph();
  }

  private static Fixture open(String device) {
    return new Fixture(Devices.open(device, 2).device(), cnn(), IMAGES, 9);
  }

  /** Clients of unequal batches, with seeds of their own or shared ones, some augmented. */
  private static List<ProbeJob> jobs(boolean shared) {
    List<ProbeJob> jobs = new ArrayList<>();
    for (int client = 0; client < 7; client++) {
      for (int s = 0; s < 3; s++) {
        int from = client;
        int[] samples = IntStream.range(from, from + 1 + 4 * client).toArray();
        long seed = shared ? s : 100L * client + s;
        Augmentation augmentation = client == 3 ? Augmentation.of(client) : Augmentation.NONE;
        SeedTerms drift =
            client >= 4 ? SeedTerms.NONE.plus(77, 0.01f).plus(client, -0.02f) : SeedTerms.NONE;
        jobs.add(new ProbeJob(drift, seed, 1e-2f, samples, augmentation));
      }
    }
    return jobs;
  }

  /** The same jobs as clients with one-sided estimates ask for them. */
  private static List<ProbeJob> oneSided(List<ProbeJob> jobs) {
    List<ProbeJob> asked = new ArrayList<>();
    for (int i = 0; i < jobs.size(); i++) {
      if (i % 3 == 0) {
        asked.add(jobs.get(i).atCenter());
      }
      asked.add(jobs.get(i).onOneSide());
    }
    return asked;
  }

  private static Workload workload(Fixture f, int batch, int lanes, int sharedImages) {
    return workload(f, batch, lanes, sharedImages, Precision.FP32);
  }

  private static Workload workload(
      Fixture f, int batch, int lanes, int sharedImages, Precision evaluation) {
    return new Workload(
        Plan.forward(f.graph, batch),
        Precision.FP32,
        lanes,
        sharedImages,
        Plan.forwardBackward(f.graph, 4),
        Precision.FP32,
        5,
        Plan.forward(f.graph, 8),
        evaluation,
        null);
  }

  private static List<ProbeJob.Result> probe(Fixture f, List<ProbeJob> jobs, int batch) {
    int images = 24; // of one seed: what is neither drifted nor augmented then fills half of a pass
    try (LaneExecutor executor =
        new LaneExecutor(f.device, workload(f, batch, jobs.size(), images), () -> false)) {
      return executor.probe(f.weights, Distribution.RADEMACHER, f.images, jobs);
    }
  }

  /**
   * Clients share two seeds and have 1,100 images at most, so a pass takes 550: on one lane or
   * four, in the first round or after one of fewer clients, and as a rank runs a part of the round.
   */
  @Test
  void sharedSeedsHaveTheSameBitsWhoeverRunsThemAndWhateverCameBefore() {
    List<ProbeJob> round = new ArrayList<>();
    for (int client = 0; client < 44; client++) {
      for (int s = 0; s < 2; s++) {
        int[] samples = IntStream.range(client % 13, client % 13 + 1 + client % 25).toArray();
        round.add(new ProbeJob(SeedTerms.NONE, s, 1e-2f, samples));
      }
    }
    Graph.Builder builder = Graph.builder("small", new Shape(5, 5, 2));
    int x = builder.add("conv", new Conv(3, 3, 1, 0, true), Graph.INPUT);
    builder.add("fc", new Linear(2), builder.add("flat", new Flatten(), x));
    Graph graph = builder.build(new Loss(2));
    List<List<ProbeJob.Result>> found = new ArrayList<>();
    for (int lanes : new int[] {1, 2, 88}) {
      try (Fixture gpu = new Fixture(Devices.open("cuda:0", 2).device(), graph, IMAGES, 9);
          LaneExecutor executor =
              new LaneExecutor(gpu.device, workload(gpu, 16, lanes, 44 * 25), () -> false)) {
        if (lanes > 1) {
          int fewer = lanes == 2 ? 60 : 30; // the first is still run in wide passes
          executor.probe(gpu.weights, Distribution.RADEMACHER, gpu.images, round.subList(0, fewer));
        }
        found.add(executor.probe(gpu.weights, Distribution.RADEMACHER, gpu.images, round));
      }
    }
    assertEquals(found.get(0), found.get(1));
    assertEquals(found.get(0), found.get(2));
  }

  @Test
  void lanesAgreeWithTheProcessorWithOwnAndWithSharedSeeds() {
    for (boolean shared : new boolean[] {false, true}) {
      List<ProbeJob> jobs = jobs(shared);
      try (Fixture gpu = open("cuda:0");
          Fixture cpu = open("cpu")) {
        List<ProbeJob.Result> expected = probe(cpu, jobs, 16);
        for (int batch : new int[] {3, 16, 64}) {
          List<ProbeJob.Result> found = probe(gpu, jobs, batch);
          for (int i = 0; i < jobs.size(); i++) {
            ProbeJob.Result e = expected.get(i);
            ProbeJob.Result f = found.get(i);
            assertEquals(e.count(), f.count());
            assertEquals(e.lossSumPlus(), f.lossSumPlus(), 1e-5 * e.lossSumPlus());
            assertEquals(e.lossSumMinus(), f.lossSumMinus(), 1e-5 * e.lossSumMinus());
          }
          assertEquals(found, probe(gpu, jobs, batch), "the same round again");
        }
      }
    }
  }

  @Test
  void oneSidedProbesAgreeWithTheProcessorWithOwnAndWithSharedSeeds() {
    for (boolean shared : new boolean[] {false, true}) {
      List<ProbeJob> jobs = oneSided(jobs(shared));
      try (Fixture gpu = open("cuda:0");
          Fixture cpu = open("cpu")) {
        List<ProbeJob.Result> expected = probe(cpu, jobs, 16);
        for (int batch : new int[] {3, 64}) {
          List<ProbeJob.Result> found = probe(gpu, jobs, batch);
          for (int i = 0; i < jobs.size(); i++) {
            double loss = expected.get(i).lossSumPlus();
            assertEquals(loss, found.get(i).lossSumPlus(), 1e-5 * loss);
            assertTrue(Double.isNaN(found.get(i).lossSumMinus()));
          }
        }
      }
    }
  }

  /** More terms than the table of a lane holds at first, between jobs that fit. */
  @Test
  void driftsOfAnyLengthAgreeWithTheProcessor() {
    Graph.Builder builder = Graph.builder("small", Shape.flat(3));
    builder.add("fc", new Linear(2), Graph.INPUT);
    Graph graph = builder.build(new Loss(2));
    List<ProbeJob> jobs = new ArrayList<>();
    for (int terms : new int[] {9_000, 9_001, 20_000, 3}) {
      float[] coefficients = new float[terms];
      Arrays.fill(coefficients, 1e-3f);
      SeedTerms drift = new SeedTerms(LongStream.range(0, terms).toArray(), coefficients);
      jobs.add(new ProbeJob(drift, 5, 1e-2f, new int[] {0, 1, 2}));
    }
    try (Fixture gpu = new Fixture(Devices.open("cuda:0", 1).device(), graph, IMAGES, 9);
        Fixture cpu = new Fixture(Devices.open("cpu", 1).device(), graph, IMAGES, 9)) {
      List<ProbeJob.Result> expected = probe(cpu, jobs, 2);
      List<ProbeJob.Result> found = probe(gpu, jobs, 2);
      for (int i = 0; i < jobs.size(); i++) {
        double loss = expected.get(i).lossSumPlus();
        assertEquals(loss, found.get(i).lossSumPlus(), 1e-5 * loss, "job " + i);
        assertEquals(expected.get(i).lossSumMinus(), found.get(i).lossSumMinus(), 1e-5 * loss);
      }
    }
  }

  @Test
  void aProximalTermPullsAsOnTheProcessor() {
    int[] batch = {0, 1, 2, 3};
    TrainJob job =
        new TrainJob(
            List.of(batch, batch, batch),
            new TrainJob.Sgd(0.1f, 0.9f, 1e-3f),
            Augmentation.NONE,
            0.5f);
    float[][] trained = new float[2][];
    String[] names = {"cpu", "cuda:0"};
    for (int d = 0; d < 2; d++) {
      try (Fixture f = open(names[d]);
          Vector out = f.zero();
          Executable run = f.device.compile(Plan.forwardBackward(f.graph, 4), 1)) {
        run.train(f.weights, out, f.images, job);
        trained[d] = out.read();
      }
    }
    assertArrayEquals(trained[0], trained[1], 1e-5f);
  }

  /** {@code evaluate.precision} is that of evaluations alone. */
  @Test
  void evaluationsRunInTheirPrecision() {
    int[] all = IntStream.range(0, IMAGES).toArray();
    Evaluation[] found = new Evaluation[2];
    try (Fixture gpu = open("cuda:0")) {
      for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
        Workload workload = workload(gpu, 4, 1, 0, precision);
        try (LaneExecutor executor = new LaneExecutor(gpu.device, workload, () -> false);
            Executable alone = gpu.device.compile(Plan.forward(gpu.graph, 8), 1, precision)) {
          Evaluation e = executor.evaluate(gpu.weights, gpu.images, all);
          assertEquals(alone.evaluate(gpu.weights, gpu.images, all).lossSum(), e.lossSum(), 1e-9);
          found[precision == Precision.FP32 ? 0 : 1] = e;
        }
      }
    }
    double apart = Math.abs(found[0].lossSum() - found[1].lossSum()) / found[0].lossSum();
    assertTrue(apart > 1e-6 && apart < 5e-2, "fp32 and bf16 differ by " + apart);
  }

  @Test
  void tooLittleMemorySaysHowMuchWasAskedForAndIsFree() {
    Graph.Builder builder = Graph.builder("wide", Shape.flat(40_000));
    builder.add("fc", new Linear(20_000), Graph.INPUT);
    Graph graph = builder.build(new Loss(20_000));
    try (Device device = Devices.open("cuda:0", 1).device()) {
      OutOfDeviceMemoryException e =
          assertThrows(OutOfDeviceMemoryException.class, () -> device.allocate(graph.layout()));
      String text = e.getMessage();
      assertTrue(text.contains("vector needs " + 4 * graph.layout().length() + " bytes"), text);
      assertTrue(text.contains(" are free") && text.contains("lower zo.batch"), text);
      Graph.Builder small = Graph.builder("small", Shape.flat(3));
      small.add("fc", new Linear(2), Graph.INPUT);
      // the device continues
      try (Vector v = device.allocate(small.build(new Loss(2)).layout())) {
        assertTrue(device.vectors().isFinite(v));
      }
    }
  }
}
