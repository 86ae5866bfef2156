package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.nd4j.Scale;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.PhiloxRandom;

/** One layer in INDArrays and in plain Java, on every device of the CPU. */
final class Nd4jLayerTest {
  private static final int BATCH = 5;

  /** y = a x with a factor a channel. */
  private record PlainScale() implements Custom {
    @Override
    public Shape outputShape(String node, List<Shape> inputs) {
      return new Scale().outputShape(node, inputs);
    }

    @Override
    public List<ParameterSpec> parameters(List<Shape> inputs) {
      return new Scale().parameters(inputs);
    }

    @Override
    public long flops(List<Shape> inputs, Shape output) {
      return output.elements();
    }

    @Override
    public void forward(int samples, FloatBuffer x, List<FloatBuffer> p, FloatBuffer y) {
      FloatBuffer a = p.get(0);
      for (int i = 0; i < y.capacity(); i++) {
        y.put(i, a.get(i % a.capacity()) * x.get(i));
      }
    }

    @Override
    public void backward(
        int samples,
        FloatBuffer x,
        List<FloatBuffer> p,
        FloatBuffer dy,
        FloatBuffer dx,
        List<FloatBuffer> gradients) {
      FloatBuffer a = p.get(0);
      double[] sums = new double[a.capacity()];
      for (int i = 0; i < dy.capacity(); i++) {
        dx.put(i, a.get(i % a.capacity()) * dy.get(i));
        sums[i % sums.length] += (double) x.get(i) * dy.get(i);
      }
      for (int c = 0; c < sums.length; c++) {
        gradients.get(0).put(c, (float) sums[c]);
      }
    }
  }

  private static float[][] run(String name, Custom layer) {
    Graph.Builder builder = Graph.builder("own", new Shape(6, 6, 3));
    int x = builder.add("conv", new Conv(4, 3, 1, 1, true), Graph.INPUT);
    x = builder.add("scale", layer, x);
    x = builder.add("flatten", new Flatten(), x);
    builder.add("fc", new Linear(3, new Shape(6, 6, 4)), x);
    Graph graph = builder.build(new Loss(3));
    byte[] bytes = new byte[BATCH * graph.input().elements()];
    new PhiloxRandom(5).nextBytes(bytes);
    float[] table = new float[3 * 256];
    for (int i = 0; i < table.length; i++) {
      table[i] = ((i & 255) - 127.5f) / 64;
    }
    int[] all = IntStream.range(0, BATCH).toArray();
    int[] labels = {0, 1, 2, 1, 0};
    try (BytePointer pixels = new BytePointer(bytes);
        Device device = Devices.open(name, 1).device();
        ResidentImages images =
            device.upload(new ImagePixels(pixels, graph.input(), labels, table));
        Vector weights = device.allocate(graph.layout());
        Vector gradient = device.allocate(graph.layout());
        Executable training = device.compile(Plan.forwardBackward(graph, BATCH), 1)) {
      weights.write(InitialWeights.draw(graph.layout(), 3));
      training.gradient(weights, images, all, gradient);
      return new float[][] {training.logits(weights, images, all), gradient.read()};
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference", "nd4j"})
  void aLayerInArraysIsTheSameLayer(String device) {
    float[][] expected = run(device, new PlainScale());
    float[][] found = run(device, new Scale());
    assertArrayEquals(expected[0], found[0], "logits: single products, without a copy");
    assertArrayEquals(expected[1], found[1], 1e-6f, "gradients");
  }
}
