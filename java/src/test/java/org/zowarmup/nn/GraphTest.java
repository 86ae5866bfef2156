package org.zowarmup.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;

/** Shapes, and what is refused when a graph is built. */
final class GraphTest {
  /** PyTorch's documented floor((n + 2 p - k) / s) + 1, found here by walking the window. */
  @Property(tries = 500)
  void convolutionsAndPoolsHaveTorchsExtents(
      @ForAll @IntRange(min = 1, max = 40) int n,
      @ForAll @IntRange(min = 1, max = 7) int kernel,
      @ForAll @IntRange(min = 1, max = 4) int stride,
      @ForAll @IntRange(min = 0, max = 3) int padding) {
    Assume.that(n + 2 * padding >= kernel);
    Shape in = new Shape(n, n + 1, 3);
    Shape conv = new Conv(5, kernel, stride, padding, true).outputShape("c", List.of(in));
    assertEquals(
        new Shape(
            positions(n + 2 * padding, kernel, stride),
            positions(n + 1 + 2 * padding, kernel, stride),
            5),
        conv);
    if (n >= kernel) {
      Shape pool = new Pool(Pool.Kind.MAX, kernel, stride).outputShape("p", List.of(in));
      assertEquals(
          new Shape(positions(n, kernel, stride), positions(n + 1, kernel, stride), 3), pool);
    }
  }

  private static int positions(int extent, int kernel, int stride) {
    int count = 0;
    for (int at = 0; at + kernel <= extent; at += stride) {
      count++;
    }
    return count;
  }

  private static Graph.Builder graph() {
    return Graph.builder("g", new Shape(4, 4, 6));
  }

  private static void assertRefused(
      String message, org.junit.jupiter.api.function.Executable build) {
    assertEquals(message, assertThrows(ShapeException.class, build).getMessage());
  }

  @Test
  void everyRefusalNamesTheLayer() {
    assertRefused(
        "layer c: expected an input of at least 5 pixels a side, found 4x4x6",
        () -> graph().add("c", new Conv(2, 5, 1, 0, false), Graph.INPUT));
    assertRefused(
        "layer n: expected a number of channels that 4 groups divide, found 6",
        () -> graph().add("n", new GroupNorm(4), Graph.INPUT));
    assertRefused(
        "layer p: expected an input of at least 5 pixels a side, found 4x4x6",
        () -> graph().add("p", Pool.max(5), Graph.INPUT));
    assertRefused(
        "layer l: expected a flat input (put a flatten before it), found 4x4x6",
        () -> graph().add("l", new Linear(3), Graph.INPUT));
    assertRefused(
        "layer a: expected 2 inputs, found 1", () -> graph().add("a", new Add(), Graph.INPUT));
    Graph.Builder unequal = graph();
    int half = unequal.add("half", Pool.max(2), Graph.INPUT);
    assertRefused(
        "layer a: expected two inputs of one shape, found 2x2x6 and 4x4x6",
        () -> unequal.add("a", new Add(), half, Graph.INPUT));
    assertRefused(
        "layer half: expected logits of shape 1x1x3, found 2x2x6",
        () -> unequal.build(new Loss(3)));
  }

  @Test
  void layersThatNobodyReadsAndDoubleNamesAreRefused() {
    Graph.Builder dead = Graph.builder("g", Shape.flat(4));
    dead.add("dead", new Relu(), Graph.INPUT);
    dead.add("fc", new Linear(2), Graph.INPUT);
    assertRefused(
        "layer dead: expected a later layer that reads its output, found none",
        () -> dead.build(new Loss(2)));
    assertThrows(IllegalArgumentException.class, () -> dead.add("fc", new Linear(2), Graph.INPUT));
  }
}
