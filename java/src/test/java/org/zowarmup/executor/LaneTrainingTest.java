package org.zowarmup.executor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.PhiloxRandom;

/** Local training on lanes: each job's weights land in its own vector, with one lane's bits. */
final class LaneTrainingTest {
  private static final int IMAGES = 13;
  private static final int JOBS = 17;

  /** Results of a round of trainings. */
  private record Outcome(
      List<TrainJob.Result> results, List<float[]> outs, int trained, RuntimeException failure) {}

  private static Graph graph() {
    Graph.Builder graph = Graph.builder("small", new Shape(5, 4, 1));
    int x = graph.add("conv", new Conv(2, 3, 2, 1, false), Graph.INPUT);
    x = graph.add("norm", new GroupNorm(1), x);
    Shape shape = graph.shape(x);
    x = graph.add("flatten", new Flatten(), x);
    graph.add("fc", new Linear(3, shape), x);
    return graph.build(new Loss(3));
  }

  /** Jobs of unequal length, every one with samples of its own. */
  private static List<TrainJob> jobs() {
    List<TrainJob> jobs = new ArrayList<>();
    for (int k = 0; k < JOBS; k++) {
      int first = k;
      List<int[]> batches =
          IntStream.range(0, 1 + k % 5)
              .mapToObj(b -> new int[] {(first + b) % IMAGES, (3 * first + b) % IMAGES})
              .toList();
      jobs.add(new TrainJob(batches, new TrainJob.Sgd(0.1f, k % 2 * 0.9f, 1e-3f)));
    }
    return jobs;
  }

  private static Outcome train(String name, int lanes, BooleanSupplier stop) {
    Graph graph = graph();
    byte[] bytes = new byte[IMAGES * graph.input().elements()];
    new PhiloxRandom(11).nextBytes(bytes);
    int[] labels = IntStream.range(0, IMAGES).map(i -> i % 3).toArray();
    float[] table = new float[256];
    IntStream.range(0, 256).forEach(v -> table[v] = (v - 127.5f) / 74);
    Workload workload =
        new Workload(
            Plan.forward(graph, 2),
            JOBS,
            Plan.forwardBackward(graph, 2),
            JOBS,
            Plan.forward(graph, 2));
    float[] initial = InitialWeights.draw(graph.layout(), 11);
    try (BytePointer pixels = new BytePointer(bytes);
        Device device = Devices.open(name, lanes).device();
        ResidentImages images =
            device.upload(new ImagePixels(pixels, graph.input(), labels, table));
        Vector start = device.allocate(graph.layout())) {
      start.write(initial);
      Collected outs = new Collected(JOBS);
      List<Training> trainings = jobs().stream().map(job -> new Training(job, false)).toList();
      List<float[]> trained = Collections.synchronizedList(new ArrayList<>());
      Answers counting =
          new Answers() {
            @Override
            public Answer answer(int job, float[] values) {
              trained.add(values);
              return outs.answer(job, values);
            }

            @Override
            public boolean receive(int job, double note, int from, float[] values) {
              return outs.receive(job, note, from, values);
            }
          };
      List<TrainJob.Result> results = List.of();
      RuntimeException failure = null;
      try (Executor executor = new LaneExecutor(device, workload, stop)) {
        results = executor.train(start, null, images, trainings, counting);
      } catch (Executor.StoppedException e) {
        failure = e;
      }
      assertArrayEquals(initial, start.read(), "training must not touch the weights it starts at");
      // closing the device finds nothing open
      return new Outcome(results, Arrays.asList(outs.values), trained.size(), failure);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void everyJobHasItsOwnResultWhateverTheLanes(String device) {
    Outcome one = train(device, 1, () -> false);
    Outcome four = train(device, 4, () -> false);
    assertEquals(one.results(), four.results());
    for (int k = 0; k < JOBS; k++) {
      assertEquals(2L * (1 + k % 5), one.results().get(k).count());
      assertArrayEquals(one.outs().get(k), four.outs().get(k), "job " + k);
      for (int other = 0; other < k; other++) {
        float[] a = one.outs().get(k);
        float[] b = one.outs().get(other);
        assertThrows(AssertionError.class, () -> assertArrayEquals(a, b), k + " and " + other);
      }
    }
  }

  /** The flag is asked once before every job, so as many jobs start as it said no. */
  @ParameterizedTest
  @CsvSource({"reference,1", "reference,3", "cpu,1", "cpu,3"})
  void noJobBeginsAfterAStop(String device, int lanes) {
    AtomicInteger asked = new AtomicInteger();
    Outcome stopped = train(device, lanes, () -> asked.incrementAndGet() > 7);
    assertTrue(stopped.failure() instanceof Executor.StoppedException);
    assertEquals(7, stopped.trained());
  }
}
