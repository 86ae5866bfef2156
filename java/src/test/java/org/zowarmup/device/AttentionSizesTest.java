package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;

/**
 * Attention of the processor against the reference for many extents: a library that takes strides
 * may take another way for each, and some with an extent of 1 are ambiguous.
 */
final class AttentionSizesTest {
  private static final int[] TOKENS = {1, 2, 3, 16, 17, 65};
  private static final int[] HEADS = {1, 2, 3, 8};
  private static final int[] WIDTHS = {1, 2, 7, 16, 33};

  private static Graph graph(int tokens, int heads, int width) {
    Graph.Builder graph = Graph.builder("attention", new Shape(1, tokens, 3));
    int x = graph.add("qkv", new Linear.PerToken(3 * heads * width), Graph.INPUT);
    x = graph.add("attention", new Attention(heads), x);
    Shape shape = graph.shape(x);
    x = graph.add("flatten", new Flatten(), x);
    graph.add("fc", new Linear(3, shape), x);
    return graph.build(new Loss(3));
  }

  private static double[] error(float[] expected, float[] actual) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(expected[i] - actual[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return new double[] {Math.sqrt(difference), Math.sqrt(norm)};
  }

  private static void compare(int tokens, int heads, int width) {
    Graph graph = graph(tokens, heads, width);
    int batch = 2;
    Plan plan = Plan.of(graph, Plan.Kind.FORWARD_BACKWARD, batch, Plan.Placement.GUARDED);
    try (Fixture here = new Fixture(Devices.open("cpu", 2).device(), graph, batch, 5);
        Fixture oracle = new Fixture(Devices.open("reference", 1).device(), graph, batch, 5);
        Executable run = here.device.compile(plan, 1);
        Executable expected = oracle.device.compile(plan, 1);
        Vector mine = here.zero();
        Vector theirs = oracle.zero()) {
      int[] samples = here.samples(0, batch);
      run.gradient(here.weights, here.images, samples, mine);
      expected.gradient(oracle.weights, oracle.images, samples, theirs);
      double[] gradient = error(theirs.read(), mine.read());
      double[] logits =
          error(
              expected.logits(oracle.weights, oracle.images, samples),
              run.logits(here.weights, here.images, samples));
      String sizes = tokens + " tokens, " + heads + " heads of " + width;
      assertTrue(gradient[0] <= 1e-5 * gradient[1], "gradient of " + sizes);
      assertTrue(logits[0] <= 1e-5 * logits[1], "logits of " + sizes);
      run.verifyGuards();
    }
  }

  @Test
  void everyExtentAgreesWithTheReference() {
    for (int tokens : TOKENS) {
      for (int heads : HEADS) {
        for (int width : WIDTHS) {
          compare(tokens, heads, width);
        }
      }
    }
  }
}
