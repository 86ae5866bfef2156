package org.zowarmup.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.Normalization;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Cnn;
import org.zowarmup.nn.models.CnnPfl;
import org.zowarmup.nn.models.ResNet18;
import org.zowarmup.nn.models.VisionTransformer;
import org.zowarmup.nn.models.VisionTransformer.Pooling;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.nn.op.Select;
import org.zowarmup.random.PhiloxRandom;
import org.zowarmup.record.weights.Weights;

/** Exported models in Microsoft's ONNX Runtime against the cpu device. */
final class OnnxRuntimeTest {
  private static final OrtEnvironment RUNTIME = environment();

  /** Of the largest logit. */
  private static final float TOLERANCE = 2e-5f;

  /** DJL, which {@link DjlTest} runs, refuses a process in which another has started it. */
  private static OrtEnvironment environment() {
    System.setProperty("ai.djl.offline", "true");
    Engine.getEngine(DjlTest.ENGINE);
    return OrtEnvironment.getEnvironment();
  }

  /** Images with their labels, and what is computed of them here. */
  private record Case(
      Graph graph, byte[] pixels, int[] labels, Normalization normalization, float[] weights) {
    Shape shape() {
      return graph.input();
    }

    int count() {
      return labels.length;
    }

    static Case random(Graph graph, int count) {
      PhiloxRandom random = new PhiloxRandom(7);
      byte[] pixels = new byte[count * graph.input().elements()];
      random.nextBytes(pixels);
      float[] mean = new float[graph.input().channels()];
      float[] std = new float[mean.length];
      for (int c = 0; c < mean.length; c++) {
        mean[c] = 0.45f + 0.03f * c;
        std[c] = 0.21f + 0.05f * c;
      }
      return new Case(
          graph,
          pixels,
          new int[count],
          new Normalization(mean, std),
          InitialWeights.draw(graph.layout(), 3));
    }

    /** Logits of the cpu device, after some steps of training where asked. */
    float[] logits(int steps) {
      int batch = 50;
      int classes = graph.classes();
      float[] all = new float[count() * classes];
      float[] table = normalization.table();
      try (BytePointer bytes = new BytePointer(pixels);
          Device device = Devices.open("cpu", 2).device();
          ResidentImages images =
              device.upload(new ImagePixels(bytes, graph.input(), labels, table));
          Vector vector = device.allocate(graph.layout());
          Executable training = device.compile(Plan.forwardBackward(graph, batch), 1)) {
        vector.write(weights);
        for (int step = 0; step < steps; step++) {
          int first = step * batch % count();
          int[] samples = IntStream.range(first, first + batch).toArray();
          TrainJob.Sgd sgd = new TrainJob.Sgd(0.05f, 0.9f, 0);
          training.train(vector, vector, images, new TrainJob(List.of(samples), sgd));
        }
        for (int from = 0; from < count(); from += batch) {
          int[] samples = IntStream.range(from, Math.min(count(), from + batch)).toArray();
          float[] some = training.logits(vector, images, samples);
          System.arraycopy(some, 0, all, from * classes, some.length);
        }
        System.arraycopy(vector.read(), 0, weights, 0, weights.length);
      }
      return all;
    }

    byte[] model(boolean raw) {
      return OnnxNetwork.bytes(
          graph,
          Weights.tensors(graph.layout(), weights),
          raw ? normalization : null,
          "test",
          Map.of("round", "12"));
    }

    private OnnxTensor input(int from, int to, boolean raw) throws OrtException {
      Shape s = shape();
      int size = s.elements();
      if (raw) {
        byte[] some = Arrays.copyOfRange(pixels, from * size, to * size);
        ByteBuffer direct = ByteBuffer.allocateDirect(some.length).put(some).rewind();
        long[] extents = {to - from, s.height(), s.width(), s.channels()};
        return OnnxTensor.createTensor(RUNTIME, direct, extents, OnnxJavaType.UINT8);
      }
      float[] table = normalization.table();
      float[] planes = new float[(to - from) * size];
      for (int i = 0; i < planes.length; i++) {
        int c = i % s.channels();
        int pixel = i / s.channels() % s.pixels();
        int n = i / size;
        int at = (n * s.channels() + c) * s.pixels() + pixel;
        planes[at] = table[c * 256 + (pixels[from * size + i] & 0xFF)];
      }
      long[] extents = {to - from, s.channels(), s.height(), s.width()};
      return OnnxTensor.createTensor(RUNTIME, FloatBuffer.wrap(planes), extents);
    }
  }

  private static float[][] run(Case c, byte[] model, int from, int to, boolean raw)
      throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      try (OrtSession session = RUNTIME.createSession(model, options);
          OnnxTensor x = c.input(from, to, raw);
          OrtSession.Result result = session.run(Map.of("images", x))) {
        assertEquals("12", session.getMetadata().getCustomMetadata().get("round"));
        return (float[][]) result.get("logits").orElseThrow().getValue();
      }
    }
  }

  private static int best(float[] logits, int from, int classes) {
    int best = from;
    for (int k = from; k < from + classes; k++) {
      best = logits[k] > logits[best] ? k : best;
    }
    return best - from;
  }

  private static void assertSame(Case c, float[] expected, float[][] found, int from) {
    int classes = c.graph().classes();
    float largest = 0;
    for (float z : expected) {
      largest = Math.max(largest, Math.abs(z));
    }
    for (int n = 0; n < found.length; n++) {
      int at = (from + n) * classes;
      assertEquals(best(expected, at, classes), best(found[n], 0, classes), "image " + n);
      for (int k = 0; k < classes; k++) {
        assertEquals(expected[at + k], found[n][k], TOLERANCE * largest, "image " + n);
      }
    }
  }

  /** A trained network on all 2,000 test images of the data that comes with the program. */
  @Test
  void everyTestImageHasTheSameClass() throws OrtException {
    try (DataSet data = DataSources.resolve("fashion-mnist-mini", null).load(null)) {
      byte[] pixels = new byte[data.test().count() * 784];
      data.test().pixels().position(0).get(pixels);
      Graph graph = new Cnn().build(new Shape(28, 28, 1), 10);
      Normalization normalization = Normalization.of(data.train());
      float[] weights = InitialWeights.draw(graph.layout(), 1);
      Case c = new Case(graph, pixels, data.test().labels(), normalization, weights);
      float[] expected = c.logits(80);
      int hits = 0;
      for (int n = 0; n < c.count(); n++) {
        hits += best(expected, n * 10, 10) == c.labels()[n] ? 1 : 0;
      }
      assertTrue(hits > 1200, "trained: " + hits + " of 2000");
      for (boolean raw : new boolean[] {false, true}) {
        assertSame(c, expected, run(c, c.model(raw), 0, c.count(), raw), 0);
      }
    }
  }

  static Stream<Arguments> models() {
    Shape small = new Shape(16, 16, 3);
    List<Graph> graphs = new ArrayList<>();
    graphs.add(new Cnn(List.of(4, 6, 8), 2).build(new Shape(29, 17, 2), 7));
    graphs.add(new CnnPfl(4, 16).build(small, 10));
    graphs.add(new ResNet18(0.125, 2, false).build(small, 10));
    graphs.add(new ResNet18(0.25, 4, true).build(new Shape(15, 18, 1), 5));
    for (Pooling pooling : Pooling.values()) {
      graphs.add(new VisionTransformer.VitTiny(24, 2, 3, 48, 4, pooling).build(small, 10));
      graphs.add(new VisionTransformer.Vit(32, 1, 2, 40, 8, pooling).build(small, 3));
    }
    graphs.add(oddOnes());
    return graphs.stream().map(graph -> Arguments.of(graph.name(), graph));
  }

  /** What no model has: a flatten whose order is the program's, norms and sums after it. */
  private static Graph oddOnes() {
    Graph.Builder g = Graph.builder("odd", new Shape(6, 5, 4));
    int x = g.add("conv", new Conv(6, 3, 2, 1, true), Graph.INPUT);
    int rows = g.add("tokens.norm", new LayerNorm(1e-6f), x);
    rows = g.add("tokens.fc", new Linear.PerToken(6), rows);
    x = g.add("sum", new Add(), x, rows);
    int pooled = g.add("pool", new Pool(Pool.Kind.AVERAGE, 2, 1), x);
    int flat = g.add("flatten", new Flatten(), pooled);
    flat = g.add("relu", new Relu(), flat);
    flat = g.add("flat.norm", new GroupNorm(3), flat);
    flat = g.add("hidden", new Linear(8), flat);
    int token = g.add("token", new Select(4), x);
    token = g.add("token.fc", new Linear(8), token);
    int both = g.add("both", new Add(), flat, token);
    g.add("out", new Linear(3), both);
    return g.build(new Loss(3));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void everyModelGivesTheSameLogitsWithAnyBatch(String name, Graph graph) throws OrtException {
    Case c = Case.random(graph, 50);
    float[] expected = c.logits(0);
    for (boolean raw : new boolean[] {false, true}) {
      byte[] model = c.model(raw);
      assertSame(c, expected, run(c, model, 0, 50, raw), 0);
      assertSame(c, expected, run(c, model, 3, 4, raw), 3);
      assertSame(c, expected, run(c, model, 10, 17, raw), 10);
    }
  }

  @Test
  void aLayerOfOnesOwnIsRefusedByName() {
    Graph.Builder g = Graph.builder("own", new Shape(2, 2, 1));
    int x = g.add("mine", new org.zowarmup.nd4j.Scale(), Graph.INPUT);
    x = g.add("flatten", new Flatten(), x);
    g.add("fc", new Linear(2), x);
    Graph graph = g.build(new Loss(2));
    Case c = Case.random(graph, 1);
    assertEquals(
        "layer mine: expected one of the program's own layers, which ONNX has operators for,"
            + " found org.zowarmup.nd4j.Scale; export with --to npz or safetensors",
        assertThrows(UserErrorException.class, () -> c.model(false)).getMessage());
  }
}
