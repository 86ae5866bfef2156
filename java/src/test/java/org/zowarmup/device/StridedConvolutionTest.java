package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;

/**
 * Shortcuts of narrow residual networks on the processor against the reference. A library's kernel
 * that gathers every second pixel may write past its buffer where channels are few, which ends the
 * process rather than a test.
 */
final class StridedConvolutionTest {
  private static final int BATCH = 8;

  private static Graph graph(int channels, int kernel, int side) {
    Graph.Builder graph = Graph.builder("strided", new Shape(side, side, 1));
    int x = graph.add("conv1", new Conv(channels, 1, 1, 0, false), Graph.INPUT);
    x = graph.add("conv2", new Conv(8, kernel, 2, kernel / 2, false), x);
    Shape before = graph.shape(x);
    x = graph.add("flatten", new Flatten(), x);
    graph.add("fc", new Linear(3, before), x);
    return graph.build(new Loss(3));
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 24})
  void fewChannelsHaveTheGradientOfTheReference(int channels) {
    for (int kernel : new int[] {1, 3}) {
      for (int side : new int[] {28, 14, 13}) {
        compare(graph(channels, kernel, side), channels + " channels, kernel " + kernel);
      }
    }
  }

  private static void compare(Graph graph, String sizes) {
    Plan plan = Plan.of(graph, Plan.Kind.FORWARD_BACKWARD, BATCH, Plan.Placement.GUARDED);
    try (Fixture here = new Fixture(Devices.open("cpu", 1).device(), graph, BATCH, 5);
        Fixture oracle = new Fixture(Devices.open("reference", 1).device(), graph, BATCH, 5);
        Executable run = here.device.compile(plan, 1);
        Executable expected = oracle.device.compile(plan, 1);
        Vector mine = here.zero();
        Vector theirs = oracle.zero()) {
      int[] samples = here.samples(0, BATCH);
      run.gradient(here.weights, here.images, samples, mine);
      expected.gradient(oracle.weights, oracle.images, samples, theirs);
      float[] difference = mine.read();
      float[] right = theirs.read();
      for (int i = 0; i < right.length; i++) {
        difference[i] -= right[i];
      }
      assertTrue(norm(difference) <= 1e-5 * norm(right), "gradient of " + sizes);
      run.verifyGuards();
    }
  }
}
