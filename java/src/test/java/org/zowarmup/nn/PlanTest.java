package org.zowarmup.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.zowarmup.nn.models.Cnn;
import org.zowarmup.nn.models.ResNet18;
import org.zowarmup.nn.models.VisionTransformer;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Op;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.random.PhiloxRandom;

/** The memory of plans, by running them with the values' names in the place of numbers. */
final class PlanTest {
  /** A random network of joins, norms, pools and branches; a function of the seed. */
  private static Graph random(long seed) {
    PhiloxRandom random = new PhiloxRandom(seed);
    Graph.Builder graph = Graph.builder("random " + seed, new Shape(6, 5, 4));
    List<Integer> open = new ArrayList<>();
    int x = graph.add("stem", new Conv(4, 3, 1, 1, random.nextBoolean()), Graph.INPUT);
    open.add(x);
    for (int i = 0; i < 3 + random.nextInt(9); i++) {
      x = next(graph, random, open, x, "n" + i);
      open.add(x);
    }
    List<Integer> leaves = new ArrayList<>(open);
    // joins whatever no node has read yet, so that every output is used
    int sum = x;
    for (int leaf : leaves) {
      if (leaf != x && graph.shape(leaf).equals(graph.shape(sum))) {
        sum = graph.add("join" + leaf, new Add(), sum, leaf);
      }
    }
    Shape shape = graph.shape(sum);
    int flat = graph.add("flatten", new Flatten(), sum);
    graph.add("fc", new Linear(3, shape), flat);
    return graph.build(new Loss(3));
  }

  private static int next(
      Graph.Builder graph, PhiloxRandom random, List<Integer> open, int x, String name) {
    return switch (random.nextInt(9)) {
      case 0 -> graph.add(name, new Conv(4, 3, 1, 1, random.nextBoolean()), x);
      case 1 -> graph.add(name, new GroupNorm(random.nextBoolean() ? 2 : 4), x);
      case 2 -> graph.add(name, new Relu(), x);
      case 3 -> graph.add(name, new Add(), x, open.get(random.nextInt(open.size())));
      case 4 -> graph.add(name, new LayerNorm(1e-6f), x);
      case 5 -> graph.add(name, new Gelu(), x);
      case 6 -> graph.add(name, new Linear.PerToken(4), x);
      case 7 -> {
        int qkv = graph.add(name + ".qkv", new Linear.PerToken(12), x);
        yield graph.add(name, new Attention(2), qkv);
      }
      default -> graph.add(name, new Pool(Pool.Kind.MAX, 1, 1), x);
    };
  }

  @Property(tries = 300)
  void whatAStepReadsIsStillThere(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 9) int batch) {
    Graph graph = random(seed);
    for (Plan.Kind kind : Plan.Kind.values()) {
      for (Plan.Placement placement : Plan.Placement.values()) {
        assertReadsAreIntact(Plan.of(graph, kind, batch, placement), "seed " + seed);
      }
      assertTrue(
          Plan.of(graph, kind, batch, Plan.Placement.REUSED).arenaElements()
              <= Plan.of(graph, kind, batch, Plan.Placement.GUARDED).arenaElements());
    }
    assertTrue(
        Plan.forward(graph, batch).arenaElements()
            <= Plan.forwardBackward(graph, batch).arenaElements());
  }

  /**
   * Writes each value's id over its range; a read must find nothing but its own id. Twice: the
   * input stays for the second pass.
   */
  private static void assertReadsAreIntact(Plan plan, String message) {
    int[] arena = new int[Math.toIntExact(plan.arenaElements())];
    Arrays.fill(arena, -1);
    write(plan, arena, plan.input());
    int passes = plan.kind() == Plan.Kind.FORWARD ? 2 : 1;
    for (int pass = 0; pass < passes; pass++) {
      for (Op op : plan.ops()) {
        for (Plan.Value read : op.io().reads()) {
          assertHolds(plan, arena, read, message + ", " + op.node());
        }
        for (Plan.Value written : op.io().writes()) {
          write(plan, arena, written);
        }
        for (Plan.Value written : op.io().writes()) {
          assertHolds(plan, arena, written, message + ", two outputs of " + op.node());
        }
      }
    }
  }

  private static void write(Plan plan, int[] arena, Plan.Value value) {
    long from = plan.offset(value);
    assertEquals(0, from % 16, "alignment of " + value.name());
    Arrays.fill(arena, (int) from, (int) (from + plan.elements(value)), value.id());
  }

  private static void assertHolds(Plan plan, int[] arena, Plan.Value value, String message) {
    for (long i = plan.offset(value); i < plan.offset(value) + plan.elements(value); i++) {
      assertEquals(value.id(), arena[(int) i], message + ": " + value.name() + " at " + i);
    }
  }

  @Test
  void aNormTakesInWhatFollows() {
    Graph cnn = new Cnn().build(new Shape(28, 28, 1), 10);
    Graph resnet = new ResNet18().build(new Shape(32, 32, 3), 10);
    for (Graph graph : List.of(cnn, resnet)) {
      Map<Class<?>, Integer> count = new HashMap<>();
      Plan.forward(graph, 2).ops().forEach(op -> count.merge(op.getClass(), 1, Integer::sum));
      assertFalse(count.containsKey(Relu.Forward.class));
      assertFalse(count.containsKey(Add.Forward.class));
      assertEquals(count.get(Conv.Forward.class), count.get(GroupNorm.Forward.class));
    }
  }

  @Test
  void aProbeOfResnet18NeedsLittleOfWhatTrainingNeeds() {
    Graph graph = new ResNet18().build(new Shape(32, 32, 3), 10);
    long forward = Plan.forward(graph, 64).arenaElements();
    long training = Plan.forwardBackward(graph, 64).arenaElements();
    // at its widest, a block holds three activations of [64,32,32,64]: shortcut, input, output
    long widest = 64L * 32 * 32 * 64;
    long images = 64L * 32 * 32 * 3;
    assertTrue(forward <= 3 * widest + images + 1024, forward + " elements");
    assertTrue(5 * forward < training, forward + " against " + training);
    long kept = activations(graph, 64);
    assertTrue(kept < training, kept + " elements of activations");
    assertTrue(5 * forward < kept, forward + " against " + kept + " of activations alone");
  }

  /**
   * Values that a training plan keeps of the forward pass for the backward pass, images included.
   */
  private static long activations(Graph graph, int batch) {
    Plan plan = Plan.forwardBackward(graph, batch);
    long elements = plan.elements(plan.input());
    Set<Plan.Value> read = new HashSet<>();
    boolean afterLoss = false;
    for (Op op : plan.ops()) {
      afterLoss |= op instanceof Loss.Forward;
      if (afterLoss) {
        read.addAll(op.io().reads());
      }
    }
    for (Op op : plan.ops()) {
      if (op instanceof Loss.Forward) {
        break;
      }
      elements += op.io().writes().stream().filter(read::contains).mapToLong(plan::elements).sum();
    }
    return elements;
  }

  @Test
  void aProbeOfAViTNeedsLittleOfWhatTrainingNeeds() {
    Graph graph = new VisionTransformer.Vit().build(new Shape(32, 32, 3), 10);
    // at its widest, the residual stream, its norm and the hidden layer of an MLP, 2048 channels
    long widest = 64L * 64 * (512 + 2048 + 512);
    long images = 64L * 32 * 32 * 3;
    long forward = Plan.forward(graph, 64).arenaElements();
    assertTrue(forward <= widest + images + 1024, forward + " elements");
    assertTrue(5 * forward < activations(graph, 64));
  }
}
