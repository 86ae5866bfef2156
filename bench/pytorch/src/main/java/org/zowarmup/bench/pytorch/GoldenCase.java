package org.zowarmup.bench.pytorch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Cnn;
import org.zowarmup.nn.models.Model;
import org.zowarmup.nn.models.ResNet18;
import org.zowarmup.nn.models.VisionTransformer.Pooling;
import org.zowarmup.nn.models.VisionTransformer;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.PhiloxRandom;

/**
 * A network, its weights and a batch, all of which follow from what is written into the golden
 * file.
 *
 * @param name of the file
 * @param model with its keys
 * @param graph the network
 * @param network the same in PyTorch
 * @param seed of weights, pixels and labels
 */
record GoldenCase(
    String name,
    Model model,
    Graph graph,
    TorchNetwork network,
    int batch,
    long seed) {
  /** Distance that gains and biases are moved off their initial values, so that they matter. */
  private static final float MOVED = 0.1f;

  private static final int CHANNEL_BYTES = 256;

  static List<GoldenCase> all() {
    return List.of(
        cnn(),
        resnet18("resnet18", new ResNet18(1, 2, false), new Shape(16, 16, 3), 10, 4),
        resnet18("resnet18-half", new ResNet18(0.5, 2, true), new Shape(12, 12, 1), 100, 5),
        vit("vit", new VisionTransformer.Vit(), new Shape(32, 32, 3), 2),
        vit("vit-tiny", new VisionTransformer.VitTiny(), new Shape(32, 32, 3), 2),
        vit("vit-class-token", new VisionTransformer.Vit(48, 2, 3, 96, 4, Pooling.CLASS), new Shape(16, 12, 3), 3));
  }

  private static GoldenCase cnn() {
    Cnn model = new Cnn();
    TorchCnn network = new TorchCnn(model.channels().size(), model.normGroups());
    return new GoldenCase("cnn", model, model.build(new Shape(28, 28, 1), 10), network, 5, 3);
  }

  private static GoldenCase resnet18(
      String name, ResNet18 model, Shape input, int classes, long seed) {
    TorchResNet18 network = new TorchResNet18(model.groups());
    return new GoldenCase(name, model, model.build(input, classes), network, 2, seed);
  }

  private static GoldenCase vit(String name, VisionTransformer model, Shape input, int batch) {
    return new GoldenCase(name, model, model.build(input, 10), TorchVit.of(model), batch, 6);
  }

  /** {@code model} as a config gives it. */
  ObjectNode model(ObjectMapper json) {
    ObjectNode section = json.createObjectNode().put("kind", model.kind());
    ObjectMapper words = json.copy().enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING);
    section.setAll((ObjectNode) words.valueToTree(model));
    return section;
  }

  /** Initial weights; tensors of rank 1 moved by 0.1 times the Gaussian direction of the seed. */
  float[] weights() {
    float[] weights = InitialWeights.draw(graph.layout(), seed);
    for (ParameterTensor t : graph.layout().tensors()) {
      if (t.spec().shape().size() == 1) {
        float[] z = new float[t.size()];
        Distribution.GAUSSIAN.fill(seed, t.offset(), z);
        for (int i = 0; i < z.length; i++) {
          weights[Math.toIntExact(t.offset()) + i] += MOVED * z[i];
        }
      }
    }
    return weights;
  }

  /** [batch, H, W, C]: bytes of the seed's generator, (byte - 127.5) / 64. */
  float[] pixels() {
    byte[] bytes = new byte[batch * graph.input().elements()];
    new PhiloxRandom(seed).nextBytes(bytes);
    float[] pixels = new float[bytes.length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = ((bytes[i] & (CHANNEL_BYTES - 1)) - 127.5f) / 64;
    }
    return pixels;
  }

  /** Sample n belongs to class (7 n + seed) modulo the classes. */
  int[] labels() {
    return IntStream.range(0, batch).map(n -> (int) ((7L * n + seed) % graph.classes())).toArray();
  }
}
