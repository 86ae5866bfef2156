package org.zowarmup.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.zowarmup.nn.models.Cnn;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;

/** Where tensors lie, and that the place is part of what a run means. */
final class ParameterLayoutTest {
  private static Graph chain(List<Integer> widths) {
    Graph.Builder graph = Graph.builder("chain", Shape.flat(widths.get(0)));
    int x = Graph.INPUT;
    for (int i = 1; i < widths.size(); i++) {
      x = graph.add("fc" + i, new Linear(widths.get(i)), x);
    }
    graph.add("last", new Linear(2), x);
    return graph.build(new Loss(2));
  }

  @Property(tries = 200)
  void tensorsFollowOneAnotherAtMultiplesOf128(
      @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 1, max = 300) Integer> widths) {
    ParameterLayout layout = chain(widths).layout();
    long end = 0;
    long parameters = 0;
    for (ParameterTensor tensor : layout.tensors()) {
      assertEquals((end + 127) / 128 * 128, tensor.offset(), tensor.name());
      end = tensor.end();
      parameters += tensor.size();
    }
    assertEquals((end + 127) / 128 * 128, layout.length());
    assertEquals(parameters, layout.parameters());
  }

  /** A change of this value changes every run: raise {@link ParameterLayout#VERSION} with it. */
  @Test
  void theLayoutOfTheQuickstartModelIsPinned() {
    Graph graph = new Cnn().build(new Shape(28, 28, 1), 10);
    assertEquals(
        "b028119dbc0fbd08cb1a1cc90d64079df83c928289658cad17319298a1b48d20", graph.layout().hash());
    // 72, 8, 8, 1152, 16, 16, 7840, 10 elements, each rounded up to 128
    assertEquals(128 + 128 + 128 + 1152 + 128 + 128 + 7936 + 128, graph.layout().length());
  }

  @Test
  void namesShapesAndOrderChangeTheHash() {
    Function<String, Linear> narrow = n -> new Linear(3);
    String base = two("a", narrow.apply("a"), "b").layout().hash();
    assertEquals(base, two("a", new Linear(3), "b").layout().hash());
    assertNotEquals(base, two("b", new Linear(3), "a").layout().hash());
    assertNotEquals(base, two("a", new Linear(4), "b").layout().hash());
    assertNotEquals(base, two("aa", new Linear(3), "b").layout().hash());
  }

  private static Graph two(String first, Linear layer, String second) {
    Graph.Builder graph = Graph.builder("two", Shape.flat(5));
    int x = graph.add(first, layer, Graph.INPUT);
    graph.add(second, new Linear(2), x);
    return graph.build(new Loss(2));
  }
}
