package org.zowarmup.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Cnn;
import org.zowarmup.nn.models.CnnPfl;
import org.zowarmup.nn.models.ResNet18;
import org.zowarmup.nn.models.VisionTransformer;
import org.zowarmup.random.Distribution;

/** How many pieces of work a pass is made of: each costs a GPU about a microsecond of idle time. */
@Tag(EmulatedCuda.TAG)
class CudaGraphTest {
  private static Device device;

  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
    device = Devices.open("cuda:0", 1).device();
  }

  @AfterAll
  static void close() {
    if (device != null) {
      device.close();
    }
  }

  /** A network with images and weights on the device. */
  private static final class Setup implements AutoCloseable {
    private final BytePointer pixels;
    private final ResidentImages images;
    private final Vector weights;
    private final Vector trained;

    Setup(Graph graph, int count) {
      Shape shape = graph.input();
      byte[] bytes = new byte[count * shape.elements()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (i * 37 + i / 256);
      }
      float[] table = new float[shape.channels() * 256];
      for (int i = 0; i < table.length; i++) {
        table[i] = ((i & 255) - 127.5f) / 64;
      }
      pixels = new BytePointer(bytes);
      int[] labels = IntStream.range(0, count).map(i -> i % graph.classes()).toArray();
      images = device.upload(new ImagePixels(pixels, shape, labels, table));
      weights = device.allocate(graph.layout());
      weights.write(InitialWeights.draw(graph.layout(), 3));
      trained = device.allocate(graph.layout());
    }

    @Override
    public void close() {
      weights.close();
      trained.close();
      images.close();
      pixels.close();
    }
  }

  private static Map<String, Integer> nodes(Graph graph, Precision precision) {
    int[] batch = {0, 1};
    CudaDevice gpu = (CudaDevice) device;
    Plan probe = Plan.forward(graph, 2);
    Plan step = Plan.forwardBackward(graph, 2);
    long free = gpu.common().gpu().freeBytes();
    try (Setup setup = new Setup(graph, 2);
        Executable forward = device.compile(probe, 1, precision);
        Executable training = device.compile(step, 1, precision)) {
      ProbeJob[] jobs =
          IntStream.range(0, 2)
              .mapToObj(seed -> new ProbeJob(SeedTerms.NONE, seed, 1e-3f, batch))
              .toArray(ProbeJob[]::new);
      forward.probe(setup.weights, Distribution.RADEMACHER, setup.images, jobs);
      TrainJob job = new TrainJob(List.of(batch, batch), new TrainJob.Sgd(0.01f, 0, 0));
      training.train(setup.weights, setup.trained, setup.images, job);
      long taken = free - gpu.common().gpu().freeBytes();
      long planned = gpu.plannedBytes(List.of(probe, step)); // what lanes are counted by
      assertTrue(taken <= planned, "taken " + taken + " of " + planned);
      Map<String, Integer> nodes = new java.util.TreeMap<>();
      nodes.putAll(((CudaExecutable) forward).graphNodes());
      nodes.putAll(((CudaExecutable) training).graphNodes());
      return nodes;
    }
  }

  /**
   * The width changes no number of nodes. A probe is a perturbation, two branches of a gather and
   * 45 pieces each, and the cursor; a training step had 165 when gains and biases were summed apart
   * and bf16 weights and gradients converted on their own.
   */
  @Test
  void nodesOfResNet18() {
    Graph graph = new ResNet18(0.0625, 2, false).build(new Shape(8, 8, 3), 10);
    assertEquals(
        Map.of("probe of resnet18", 94, "training of resnet18", 143), nodes(graph, Precision.BF16));
  }

  /**
   * A pass has 58 pieces where there were 118 when queries, keys and values were laid apart, and
   * biases, GELU, sums and norms were kernels of their own.
   */
  @Test
  void nodesOfAVisionTransformer() {
    Graph graph =
        new VisionTransformer.VitTiny(8, 6, 2, 16, 2, VisionTransformer.Pooling.MEAN)
            .build(new Shape(8, 8, 3), 10);
    assertEquals(
        Map.of("probe of vit-tiny", 118, "training of vit-tiny", 266),
        nodes(graph, Precision.BF16));
  }

  /** Three layers of cnn-pfl end with a ReLU, which their biases do. */
  @Test
  void nodesOfTheSmallNetworks() {
    Shape images = new Shape(28, 28, 1);
    assertEquals(
        Map.of("probe of cnn", 22, "training of cnn", 26),
        nodes(new Cnn().build(images, 10), Precision.FP32));
    assertEquals(
        Map.of("probe of cnn-pfl", 24, "training of cnn-pfl", 33),
        nodes(new CnnPfl().build(new Shape(32, 32, 3), 10), Precision.FP32));
  }

  /** Several chunks in one call give each the bits that it has alone, whatever fits the table. */
  @Test
  void chunksOfOneCallAreEvaluatedAsIfAlone() {
    Graph graph = new ResNet18(0.0625, 2, false).build(new Shape(8, 8, 3), 10);
    try (Setup setup = new Setup(graph, 7);
        Executable lane = device.compile(Plan.forward(graph, 2), 1, Precision.FP32)) {
      List<int[]> chunks = List.of(new int[] {0, 1}, new int[] {2}, new int[] {3, 4, 5, 6, 0});
      List<Evaluation> together = lane.evaluate(setup.weights, setup.images, chunks);
      List<Evaluation> alone =
          chunks.stream().map(c -> lane.evaluate(setup.weights, setup.images, c)).toList();
      assertEquals(alone, together);
    }
  }
}
