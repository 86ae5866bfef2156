package org.zowarmup.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.zowarmup.nn.models.Cnn;
import org.zowarmup.nn.models.ResNet18;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Op;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;

/**
 * Who may share memory with whom, from lifetimes that are found here from the steps alone. It sees
 * what a run over the steps cannot: a step that writes over its own input while it still reads it.
 */
final class PlanLifetimesTest {
  private static final int CLASSES = 3;

  /** Every choice adds one layer after some earlier one; values of all sizes live side by side. */
  private static Graph graph(List<Integer> choices) {
    Graph.Builder graph = Graph.builder("random", new Shape(7, 5, 3));
    List<Integer> ids = new ArrayList<>(List.of(Graph.INPUT));
    Set<Integer> read = new HashSet<>();
    for (int choice : choices) {
      // half of them after the last one, so that graphs grow long as well as wide
      int back = (choice & 8) == 0 ? 0 : (choice >>> 4) % ids.size();
      ids.add(layer(graph, choice, ids.get(ids.size() - 1 - back), ids, read));
    }
    ids.removeAll(read); // heads on the leaves only: a value with several readers is not fused
    int sum = Graph.INPUT;
    for (int id : ids) {
      int head = graph.add("pool of " + id, Pool.globalAverage(), id);
      head = graph.add("fc of " + id, new Linear(CLASSES), head);
      sum = sum == Graph.INPUT ? head : graph.add("with " + id, new Add(), sum, head);
    }
    return graph.build(new Loss(CLASSES));
  }

  private static int layer(
      Graph.Builder graph, int choice, int x, List<Integer> ids, Set<Integer> read) {
    read.add(x);
    String name = "n" + ids.size();
    Shape in = graph.shape(x);
    int side = Math.min(in.height(), in.width());
    return switch (choice & 7) {
      case 0 -> graph.add(name, new Conv(in.channels(), 3, 1, 1, true), x);
      case 1 -> graph.add(name, new Conv(1 + choice % 7, 3, 2, 1, false), x);
      case 2 -> graph.add(name, new GroupNorm(in.channels()), x);
      case 3 -> graph.add(name, new GroupNorm(1), x);
      case 4 -> graph.add(name, new Relu(), x);
      case 5 -> graph.add(name, Pool.max(Math.min(2, side)), x);
      case 6 -> graph.add(name, new Flatten(), x);
      default -> {
        int other = partner(graph, choice >>> 8, x, ids);
        read.add(other);
        yield graph.add(name, new Add(), x, other);
      }
    };
  }

  /** Some value of the same shape: at least x itself. */
  private static int partner(Graph.Builder graph, int choice, int x, List<Integer> ids) {
    List<Integer> same = ids.stream().filter(id -> graph.shape(id).equals(graph.shape(x))).toList();
    return same.get(choice % same.size());
  }

  /** Steps whose every output element depends on an input element only after it was read. */
  private static boolean mayWriteInPlace(Op op) {
    return op instanceof GroupNorm.Forward
        || op instanceof Relu.Forward
        || op instanceof Relu.Backward
        || op instanceof Add.Forward;
  }

  private static void assertNoneIsOverwrittenAlive(Plan plan) {
    int[] written = new int[plan.values().size()];
    int[] read = new int[plan.values().size()];
    Arrays.fill(written, Integer.MIN_VALUE);
    written[plan.input().id()] = -1;
    for (int step = 0; step < plan.ops().size(); step++) {
      for (Plan.Value v : plan.ops().get(step).io().reads()) {
        assertTrue(written[v.id()] >= -1, v.name() + " is read before it is written");
        read[v.id()] = step;
      }
      for (Plan.Value v : plan.ops().get(step).io().writes()) {
        assertEquals(Integer.MIN_VALUE, written[v.id()], v.name() + " is written twice");
        written[v.id()] = step;
        read[v.id()] = step;
      }
    }
    read[plan.input().id()] = Integer.MAX_VALUE;
    for (Plan.Value a : plan.values()) {
      assertTrue(plan.offset(a) >= 0 && end(plan, a) <= plan.arenaElements(), a.name());
      for (Plan.Value b : plan.values()) {
        boolean together = written[a.id()] < written[b.id()] && written[b.id()] <= read[a.id()];
        boolean atOnce = a.id() < b.id() && written[a.id()] == written[b.id()];
        if ((together || atOnce) && share(plan, a, b)) {
          Op op = plan.ops().get(written[b.id()]);
          boolean takeover = together && read[a.id()] == written[b.id()] && mayWriteInPlace(op);
          assertTrue(
              takeover
                  && plan.offset(a) == plan.offset(b)
                  && plan.elements(a) == plan.elements(b)
                  && op.io().writes().get(0).equals(b),
              b.name() + " is written over " + a.name() + " by " + op);
        }
      }
    }
  }

  private static long end(Plan plan, Plan.Value v) {
    return plan.offset(v) + plan.elements(v);
  }

  private static boolean share(Plan plan, Plan.Value a, Plan.Value b) {
    return plan.offset(a) < end(plan, b) && plan.offset(b) < end(plan, a);
  }

  @Property(tries = 400)
  void valuesThatLiveAtOnceLieApart(
      @ForAll @Size(min = 1, max = 14) List<@IntRange(min = 0, max = 1 << 20) Integer> choices,
      @ForAll @IntRange(min = 1, max = 5) int batch) {
    Graph graph = graph(choices);
    for (Plan.Kind kind : Plan.Kind.values()) {
      for (Plan.Placement placement : Plan.Placement.values()) {
        assertNoneIsOverwrittenAlive(Plan.of(graph, kind, batch, placement));
      }
    }
  }

  @Example
  void valuesOfTheModelsThatLiveAtOnceLieApart() {
    Graph cnn = new Cnn().build(new Shape(28, 28, 1), 10);
    Graph resnet = new ResNet18().build(new Shape(32, 32, 3), 10);
    for (Graph graph : List.of(cnn, resnet)) {
      assertNoneIsOverwrittenAlive(Plan.forward(graph, 13));
      assertNoneIsOverwrittenAlive(Plan.forwardBackward(graph, 13));
    }
  }
}
