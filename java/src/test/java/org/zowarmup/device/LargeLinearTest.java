package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Relu;

/**
 * Linear layers that are large enough for the processor to step their weights within the backward
 * pass: what is trained, in however many steps, is what the reference trains.
 */
final class LargeLinearTest {
  private static final int IMAGES = 40;

  /** 131,072 weights or a few more: after a convolution, or on the images themselves. */
  private static Graph graph(boolean first) {
    Graph.Builder graph = Graph.builder("large", new Shape(16, 16, first ? 4 : 1));
    int x = Graph.INPUT;
    if (!first) {
      x = graph.add("conv", new Conv(4, 3, 1, 1, true), x);
      x = graph.add("relu1", new Relu(), x);
    }
    Shape before = new Shape(16, 16, 4);
    x = graph.add("flatten", new Flatten(), x);
    x = graph.add("hidden", new Linear(130, before), x);
    x = graph.add("relu2", new Relu(), x);
    graph.add("fc", new Linear(10), x);
    return graph.build(new Loss(10));
  }

  @ParameterizedTest
  @CsvSource({
    "false,10,1,0,0,GUARDED",
    "false,10,2,0.1,0,REUSED",
    "true,16,1,0.1,0,REUSED",
    "false,32,1,0,0,REUSED",
    "false,10,1,0.1,0.9,REUSED",
    "true,33,2,0.1,0,GUARDED"
  })
  void trainsAsTheReferenceDoes(
      boolean first, int batch, int threads, float decay, float momentum, Plan.Placement place) {
    Graph graph = graph(first);
    // three steps, the last of fewer images than the plan holds
    Random random = new Random(batch);
    List<int[]> batches =
        List.of(
            random.ints(batch, 0, IMAGES).toArray(),
            random.ints(batch, 0, IMAGES).toArray(),
            random.ints(Math.max(1, batch / 3), 0, IMAGES).toArray());
    TrainJob job = new TrainJob(batches, new TrainJob.Sgd(0.05f, momentum, decay));
    Plan plan = Plan.of(graph, Plan.Kind.FORWARD_BACKWARD, batch, place);
    float[] one = train(graph, plan, "cpu", threads, job);
    float[] expected = train(graph, plan, "reference", 1, job);
    double apart = 0;
    double moved = 0;
    float[] start = start(graph);
    for (int i = 0; i < expected.length; i++) {
      apart += Math.pow((double) one[i] - expected[i], 2);
      moved += Math.pow((double) expected[i] - start[i], 2);
    }
    assertTrue(Math.sqrt(apart) <= 2e-5 * Math.sqrt(moved), Math.sqrt(apart / moved) + " apart");
    assertArrayEquals(one, train(graph, plan, "cpu", threads, job), "the same bits again");
  }

  private static float[] start(Graph graph) {
    try (Fixture any = new Fixture(Devices.open("reference", 1).device(), graph, IMAGES, 5)) {
      return any.weights.read();
    }
  }

  private static float[] train(Graph graph, Plan plan, String device, int threads, TrainJob job) {
    try (Fixture on = new Fixture(Devices.open(device, threads).device(), graph, IMAGES, 5);
        Executable lane = on.device.compile(plan, 1);
        Vector trained = on.zero()) {
      lane.train(on.weights, trained, on.images, job);
      lane.verifyGuards();
      return trained.read();
    }
  }
}
