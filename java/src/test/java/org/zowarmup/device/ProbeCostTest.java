package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.Distribution;

/** Counts how often the network runs for a probe. */
class ProbeCostTest {
  /** y = x, and counts its forward passes. */
  private record Counted(AtomicInteger passes) implements Custom {
    @Override
    public Shape outputShape(String node, List<Shape> inputs) {
      return inputs.get(0);
    }

    @Override
    public List<ParameterSpec> parameters(List<Shape> inputs) {
      return List.of();
    }

    @Override
    public long flops(List<Shape> inputs, Shape output) {
      return 0;
    }

    @Override
    public void forward(int samples, FloatBuffer x, List<FloatBuffer> parameters, FloatBuffer y) {
      passes.incrementAndGet();
      y.duplicate().put(x.duplicate());
    }

    @Override
    public void backward(
        int samples,
        FloatBuffer x,
        List<FloatBuffer> parameters,
        FloatBuffer dy,
        FloatBuffer dx,
        List<FloatBuffer> gradients) {
      dx.duplicate().put(dy.duplicate());
    }
  }

  /** Seven images in batches of three are three passes a side. */
  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void aSideIsAPassOverTheSamples(String device) {
    AtomicInteger passes = new AtomicInteger();
    Graph.Builder builder = Graph.builder("counted", Shape.flat(5));
    int x = builder.add("count", new Counted(passes), Graph.INPUT);
    builder.add("fc", new Linear(3), x);
    Graph graph = builder.build(new Loss(3));
    try (Fixture fixture = new Fixture(Devices.open(device, 1).device(), graph, 7, 1);
        Executable run = fixture.device.compile(Plan.forward(graph, 3), 1)) {
      ProbeJob both = new ProbeJob(SeedTerms.NONE, 1, 1e-3f, fixture.samples(0, 7));
      for (ProbeJob job : List.of(both, both.onOneSide(), both.atCenter())) {
        passes.set(0);
        run.probe(fixture.weights, Distribution.RADEMACHER, fixture.images, new ProbeJob[] {job});
        assertEquals(job.equals(both) ? 6 : 3, passes.get(), job.toString());
      }
    }
  }
}
