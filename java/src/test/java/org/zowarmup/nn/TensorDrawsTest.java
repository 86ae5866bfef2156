package org.zowarmup.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;

/** Each tensor draws from a stream of its own. */
final class TensorDrawsTest {
  private static final int SIDE = 207;
  private static final long SEED = 77;

  /** Linear layers of one fan-in, so that equal streams would give equal bits. */
  private static Graph chain(int secondOutputs) {
    Graph.Builder graph = Graph.builder("chain", Shape.flat(SIDE));
    int x = graph.add("a", new Linear(SIDE), Graph.INPUT);
    x = graph.add("b", new Linear(secondOutputs), x);
    graph.add("c", new Linear(2), x);
    return graph.build(new Loss(2));
  }

  private static float[] tensor(Graph graph, int index) {
    ParameterTensor t = graph.layout().tensors().get(index);
    float[] weights = InitialWeights.draw(graph.layout(), SEED);
    return Arrays.copyOfRange(weights, (int) t.offset(), (int) t.end());
  }

  @Test
  void tensorsOfOneShapeAreUncorrelated() {
    Graph graph = chain(SIDE);
    float[] a = tensor(graph, 0);
    float[] b = tensor(graph, 2);
    double product = 0;
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      squares += (double) a[i] * a[i];
    }
    assertEquals(SIDE * SIDE, a.length);
    double correlation = product / squares;
    // five standard deviations of the correlation of independent draws
    assertTrue(Math.abs(correlation) < 5.0 / SIDE, "correlation " + correlation);
  }

  /** A wider layer after it must not move the draws of an earlier one. */
  @Test
  void aTensorsDrawsDoNotDependOnTheOthers() {
    Graph narrow = chain(SIDE);
    Graph wide = chain(2 * SIDE);
    assertArrayEquals(tensor(narrow, 0), tensor(wide, 0));
    float[] first = Arrays.copyOf(tensor(wide, 2), SIDE * SIDE);
    assertArrayEquals(tensor(narrow, 2), first);
  }
}
