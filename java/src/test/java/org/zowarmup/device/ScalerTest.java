package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.SubNetwork;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.random.PhiloxRandom;

/** HeteroFL's scaler inside the norm's epsilon against one that really divides. */
final class ScalerTest {
  private static final int IMAGES = 12;
  private static final long SEED = 5;

  /** x / width, forward and backward, as the paper has it after every hidden convolution. */
  private record Divide(float width) implements Custom {
    @Override
    public Shape outputShape(String node, List<Shape> inputs) {
      return inputs.get(0);
    }

    @Override
    public long flops(List<Shape> inputs, Shape output) {
      return output.elements();
    }

    @Override
    public void forward(int samples, FloatBuffer x, List<FloatBuffer> parameters, FloatBuffer y) {
      divide(samples, x, y);
    }

    @Override
    public void backward(
        int samples,
        FloatBuffer x,
        List<FloatBuffer> parameters,
        FloatBuffer dy,
        FloatBuffer dx,
        List<FloatBuffer> gradients) {
      divide(samples, dy, dx);
    }

    private void divide(int samples, FloatBuffer from, FloatBuffer to) {
      for (int i = 0; i < from.limit() / BATCH * samples; i++) {
        to.put(i, from.get(i) / width);
      }
    }
  }

  private static final int BATCH = 4;

  private static Graph graph(Float divisor) {
    Graph.Builder graph = Graph.builder("scaled", new Shape(6, 6, 1));
    int x = Graph.INPUT;
    for (int i = 0; i < 2; i++) {
      x = graph.add("conv" + i, new Conv(4, 3, 1, 1, false), x);
      x = divisor == null ? x : graph.add("scaler" + i, new Divide(divisor), x);
      x = graph.add("norm" + i, new GroupNorm(2), x);
      x = graph.add("relu" + i, new Relu(), x);
    }
    Shape before = graph.shape(x);
    x = graph.add("flatten", new Flatten(), x);
    graph.add("fc", new Linear(3, before), x);
    return graph.build(new Loss(3));
  }

  /** Images so pale that epsilon is a good part of the first norm's variance. */
  private static float[] trained(String deviceName, Graph graph) {
    PhiloxRandom random = new PhiloxRandom(SEED);
    byte[] bytes = new byte[IMAGES * graph.input().elements()];
    random.nextBytes(bytes);
    int[] labels = IntStream.range(0, IMAGES).map(i -> random.nextInt(3)).toArray();
    float[] table = new float[256];
    IntStream.range(0, 256).forEach(v -> table[v] = (v - 127.5f) * 1e-4f);
    List<int[]> batches =
        IntStream.range(0, 6).mapToObj(b -> IntStream.range(b, b + BATCH).toArray()).toList();
    try (BytePointer pixels = new BytePointer(bytes);
        Device device = Devices.open(deviceName, 1).device();
        ResidentImages images =
            device.upload(new ImagePixels(pixels, graph.input(), labels, table));
        Vector start = device.allocate(graph.layout());
        Vector out = device.allocate(graph.layout());
        Executable executable = device.compile(Plan.forwardBackward(graph, BATCH), 1)) {
      start.write(InitialWeights.draw(graph.layout(), SEED));
      executable.train(
          start, out, images, new TrainJob(batches, new TrainJob.Sgd(0.1f, 0.9f, 1e-4f)));
      return out.read();
    }
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.pow((double) a[i] - b[i], 2);
    }
    return Math.sqrt(sum);
  }

  @ParameterizedTest
  @CsvSource({"cpu,0.5", "cpu,0.25", "cpu,0.75", "reference,0.5", "reference,0.625"})
  void theScalerInEpsilonIsADivision(String device, float width) {
    Graph plain = graph(null);
    float[] divided = trained(device, graph(width));
    float[] folded = trained(device, SubNetwork.withScaler(plain, width));
    float[] without = trained(device, plain);
    assertEquals(divided.length, folded.length);
    boolean isPowerOfTwo = width == 0.5f || width == 0.25f;
    if (isPowerOfTwo && device.equals("cpu")) {
      assertArrayEquals(divided, folded);
    }
    double tells = distance(without, divided);
    assertTrue(tells > 1e-2, "the scaler moves the weights by " + tells);
    assertTrue(
        distance(divided, folded) < 1e-4 * tells, distance(divided, folded) + " of " + tells);
    assertFalse(Arrays.equals(without, folded));
  }
}
