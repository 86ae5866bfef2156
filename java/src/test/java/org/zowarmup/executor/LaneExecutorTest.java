package org.zowarmup.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.PhiloxRandom;

/**
 * Jobs come back in their order, with the bits of a single lane, and after failures and stops
 * nothing stays in use.
 */
final class LaneExecutorTest {
  private static final int IMAGES = 23;
  private static final int EVALUATION_BATCH = 5;

  /** A device, images and an executor over as many lanes as threads. */
  private static final class Rig implements AutoCloseable {
    final Device device;
    final BytePointer pixels;
    final ResidentImages images;
    final LaneExecutor executor;
    final Vector weights;

    Rig(String name, int lanes, BooleanSupplier stop) {
      Graph.Builder builder = Graph.builder("linear", Shape.flat(6));
      builder.add("fc", new Linear(3), Graph.INPUT);
      Graph graph = builder.build(new Loss(3));
      device = Devices.open(name, lanes).device();
      byte[] bytes = new byte[IMAGES * 6];
      new PhiloxRandom(1).nextBytes(bytes);
      pixels = new BytePointer(bytes);
      float[] table = new float[6 * 256];
      IntStream.range(0, table.length).forEach(i -> table[i] = (i % 256 - 127) / 64f);
      int[] labels = IntStream.range(0, IMAGES).map(i -> i % 3).toArray();
      images = device.upload(new ImagePixels(pixels, graph.input(), labels, table));
      Workload workload =
          new Workload(
              Plan.forward(graph, 4),
              100,
              Plan.forwardBackward(graph, 4),
              100,
              Plan.forward(graph, EVALUATION_BATCH));
      executor = new LaneExecutor(device, workload, stop);
      weights = executor.allocate();
      weights.write(InitialWeights.draw(graph.layout(), 1));
    }

    List<ProbeJob.Result> probe(List<ProbeJob> jobs) {
      return executor.probe(weights, Distribution.RADEMACHER, images, jobs);
    }

    @Override
    public void close() {
      executor.close();
      weights.close();
      images.close();
      device.close();
      pixels.close();
    }
  }

  private static List<ProbeJob> jobs(int count) {
    List<ProbeJob> jobs = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      int[] samples = IntStream.range(0, 1 + k % 11).map(i -> (i * 7) % IMAGES).toArray();
      jobs.add(new ProbeJob(SeedTerms.NONE, k, 1e-2f, samples));
    }
    return jobs;
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void resultsStandInTheOrderOfTheJobsWhateverTheLanes(String device) {
    try (Rig one = new Rig(device, 1, () -> false);
        Rig four = new Rig(device, 4, () -> false)) {
      List<ProbeJob.Result> expected = one.probe(jobs(200));
      assertEquals(expected, four.probe(jobs(200)));
      for (int k = 0; k < expected.size(); k++) {
        assertEquals(1 + k % 11, expected.get(k).count());
      }
      assertEquals(List.of(), four.probe(List.of()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, EVALUATION_BATCH - 1, EVALUATION_BATCH, EVALUATION_BATCH + 1, IMAGES})
  void evaluationsHaveOneOrderOfSummation(int count) {
    int[] samples = IntStream.range(0, count).toArray();
    try (Rig one = new Rig("cpu", 1, () -> false);
        Rig three = new Rig("cpu", 3, () -> false)) {
      Evaluation expected = one.executor.evaluate(one.weights, one.images, samples);
      assertEquals(expected, three.executor.evaluate(three.weights, three.images, samples));
      assertEquals(count, expected.count());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aFailingJobIsReportedAndTheExecutorGoesOn(int lanes) {
    try (Rig rig = new Rig("cpu", lanes, () -> false)) {
      List<ProbeJob> jobs = new ArrayList<>(jobs(50));
      jobs.set(17, new ProbeJob(SeedTerms.NONE, 1, 1e-2f, new int[] {IMAGES}));
      assertThrows(IndexOutOfBoundsException.class, () -> rig.probe(jobs));
      assertEquals(50, rig.probe(jobs(50)).size());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aStopEndsTheRoundBetweenTwoJobs(int lanes) {
    AtomicInteger asked = new AtomicInteger();
    try (Rig rig = new Rig("cpu", lanes, () -> asked.incrementAndGet() > 20)) {
      assertThrows(Executor.StoppedException.class, () -> rig.probe(jobs(1000)));
      assertTrue(asked.get() <= 20 + lanes, asked + " questions");
    }
  }
}
