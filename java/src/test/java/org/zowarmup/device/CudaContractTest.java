package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.zowarmup.device.cuda.EmulatedCuda;
import org.zowarmup.error.DeviceUnavailableException;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.executor.Collected;
import org.zowarmup.executor.LaneExecutor;
import org.zowarmup.executor.Training;
import org.zowarmup.executor.Workload;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.Distribution;

/** The CUDA device under the contract suite, on the emulator. */
@Tag(EmulatedCuda.TAG)
final class CudaContractTest extends DeviceContract {
  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  private static final AtomicInteger OPENED = new AtomicInteger();

  /** Every second device is another GPU, where there is one. */
  @Override
  Device open(int threads) {
    return Devices.open("cuda:" + OPENED.getAndIncrement() % gpus(), threads).device();
  }

  private static int gpus; // one or two

  private static int gpus() {
    if (gpus == 0) {
      gpus = Devices.list(1).stream().anyMatch(line -> line.name().equals("cuda:1")) ? 2 : 1;
    }
    return gpus;
  }

  /** A thread for each, which probes, trains and evaluates on lanes of its own. */
  @Test
  void twoGpusSideBySideHaveTheBitsOfOneAlone() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Object> alone = everything("cuda:0");
      Future<List<Object>> first = threads.submit(() -> everything("cuda:0"));
      Future<List<Object>> second = threads.submit(() -> everything("cuda:" + (gpus() - 1)));
      assertEquals(alone, first.get());
      assertEquals(alone, second.get());
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void aGpuThatIsNotThereIsRefused() {
    long count = Devices.list(1).stream().filter(l -> l.name().startsWith("cuda:")).count();
    DeviceUnavailableException e =
        assertThrows(
            DeviceUnavailableException.class, () -> Devices.open("cuda:" + count, 1).device());
    assertTrue(e.getMessage().contains("this machine has " + count + " GPU"), e.toString());
  }

  private static List<Object> everything(String name) {
    Graph graph = ContractCase.named("residual with downsampling").graph();
    List<ProbeJob> jobs = new ArrayList<>();
    List<Training> trainings = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      SeedTerms drift = i % 3 == 0 ? SeedTerms.NONE.plus(i, 0.01f) : SeedTerms.NONE;
      jobs.add(new ProbeJob(drift, i % 5, 1e-2f, IntStream.range(i, 2 * i + 1).toArray()));
      int[] batch = {i, i + 1, i + 2};
      TrainJob job = new TrainJob(List.of(batch, batch), new TrainJob.Sgd(0.1f, 0.9f, 1e-3f));
      trainings.add(new Training(job, false));
    }
    Workload workload =
        new Workload(
            Plan.forward(graph, 4), 12, Plan.forwardBackward(graph, 3), 4, Plan.forward(graph, 8));
    List<Object> found = new ArrayList<>();
    try (Fixture f = new Fixture(Devices.open(name, 1).device(), graph, 24, 3);
        LaneExecutor executor = new LaneExecutor(f.device, workload, () -> false)) {
      found.add(executor.probe(f.weights, Distribution.GAUSSIAN, f.images, jobs));
      Collected trained = new Collected(trainings.size());
      found.add(executor.train(f.weights, null, f.images, trainings, trained));
      found.add(Arrays.deepHashCode(trained.values));
      f.weights.write(trained.values[trainings.size() - 1]);
      found.add(executor.evaluate(f.weights, f.images, f.samples(0, 24)));
      found.add(Arrays.hashCode(f.weights.read()));
    }
    return found;
  }

  @Override
  double lossTolerance() {
    return 1e-5;
  }

  @Override
  double gradientTolerance() {
    return 1e-4;
  }

  @Override
  boolean runsOwnParts() {
    return false;
  }

  @Test
  void partsInJavaAreRefusedByName() {
    try (Device device = open(1)) {
      for (String name : List.of("custom layer", "own loss")) {
        Plan plan = Plan.forward(ContractCase.named(name).graph(), 1);
        UnsupportedException e =
            assertThrows(UnsupportedException.class, () -> device.compile(plan, 1));
        String what = name.equals("own loss") ? "loss brier (" : "layer scale";
        assertTrue(e.getMessage().contains("does not run " + what), e.getMessage());
      }
    }
  }

  /** The emulator has no algorithm for strides above 16, which only running one tells. */
  @Test
  void aConvolutionThatNoAlgorithmRunsIsRefusedWithWhatEachAnswered() {
    Graph.Builder graph = Graph.builder("far", new Shape(35, 35, 2));
    int x = graph.add("far", new Conv(3, 1, 17, 0, false), Graph.INPUT);
    graph.add("fc", new Linear(2), graph.add("flat", new Flatten(), x));
    Plan plan = Plan.forward(graph.build(new Loss(2)), 2);
    try (Device device = open(1)) {
      UnsupportedException e =
          assertThrows(UnsupportedException.class, () -> device.compile(plan, 1));
      String text = e.getMessage();
      assertTrue(text.contains("in fp32 for layer far"), text);
      assertTrue(
          text.contains(
              "2 with math type 3: not deterministic; 6 with math type 3:"
                  + " CUDNN_STATUS_NOT_SUPPORTED"),
          text);
      assertTrue(
          text.contains(
              "5 with math type 3: CUDNN_STATUS_NOT_SUPPORTED (algorithm 5 does not run this layer"
                  + " after all)"),
          text);
    }
  }

  /**
   * Two slabs of 48,000 bytes fit into the 101,376 bytes of shared memory that a block of the
   * emulated GPU may have, but not beside the 8,256 that the kernel itself takes.
   */
  @Test
  void aNormWhoseSlabsNearlyFillSharedMemoryIsComputedWithoutThem() {
    Graph.Builder builder = Graph.builder("large", new Shape(20, 20, 2));
    int x = builder.add("conv", new Conv(30, 1, 1, 0, false), Graph.INPUT);
    x = builder.add("norm", new GroupNorm(1), x);
    builder.add("fc", new Linear(2), builder.add("flat", new Flatten(), x));
    Graph graph = builder.build(new Loss(2));
    float[][] gradients = new float[2][];
    for (int d = 0; d < 2; d++) {
      Device device = d == 0 ? Devices.open("reference", 1).device() : open(1);
      try (Fixture f = new Fixture(device, graph, 2, 5);
          Executable run = device.compile(Plan.forwardBackward(graph, 2), 1);
          Vector gradient = f.zero()) {
        run.gradient(f.weights, f.images, f.samples(0, 2), gradient);
        gradients[d] = gradient.read();
      }
    }
    double largest = 0;
    for (float g : gradients[0]) {
      largest = Math.max(largest, Math.abs(g));
    }
    assertArrayEquals(gradients[0], gradients[1], (float) (gradientTolerance() * largest));
  }

  /** Memory of one GPU is none of another's, and two devices may be two GPUs. */
  @Test
  void vectorsAndImagesOfAnotherDeviceAreRefused() {
    Graph.Builder builder = Graph.builder("small", Shape.flat(3));
    builder.add("fc", new Linear(2), Graph.INPUT);
    Graph graph = builder.build(new Loss(2));
    try (Fixture here = new Fixture(open(1), graph, 4, 1);
        Fixture there = new Fixture(open(1), graph, 4, 1);
        Executable run = here.device.compile(Plan.forward(graph, 2), 1)) {
      int[] samples = {0, 1};
      IllegalArgumentException vector =
          assertThrows(
              IllegalArgumentException.class,
              () -> run.evaluate(there.weights, here.images, samples));
      assertTrue(vector.getMessage().contains("expected a vector of its own"), vector.toString());
      IllegalArgumentException images =
          assertThrows(
              IllegalArgumentException.class,
              () -> run.evaluate(here.weights, there.images, samples));
      assertTrue(images.getMessage().contains("expected images of its own"), images.toString());
      assertThrows(
          IllegalArgumentException.class,
          () -> here.device.vectors().copy(here.weights, there.weights));
      run.evaluate(here.weights, here.images, samples);
    }
  }
}
