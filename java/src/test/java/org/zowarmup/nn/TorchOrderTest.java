package org.zowarmup.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.PhiloxRandom;

/**
 * Exported weights mean the same function in PyTorch: a network computed in NCHW loops from
 * PyTorch's order gives the same logits.
 */
final class TorchOrderTest {
  private static final int H = 5;
  private static final int W = 4;
  private static final int C = 3;
  private static final int O = 6;
  private static final int CLASSES = 7;

  private static float[] torch(ParameterTensor t, float[] weights) {
    float[] values = new float[t.size()];
    for (int i = 0; i < values.length; i++) {
      int stored = t.spec().torch().storedIndex(i, t.spec().shape());
      values[i] = weights[(int) t.offset() + stored];
    }
    return values;
  }

  @Test
  void channelsFirstLoopsOverExportedWeightsGiveTheSameLogits() {
    Graph.Builder builder = Graph.builder("export", new Shape(H, W, C));
    int x = builder.add("conv", new Conv(O, 3, 1, 1, true), Graph.INPUT);
    Shape shape = builder.shape(x);
    x = builder.add("flatten", new Flatten(), x);
    builder.add("fc", new Linear(CLASSES, shape), x);
    Graph graph = builder.build(new Loss(CLASSES));
    List<ParameterTensor> tensors = graph.layout().tensors();
    assertEquals(
        List.of(O, C, 3, 3),
        tensors.get(0).spec().torch().torchShape(tensors.get(0).spec().shape()));
    byte[] bytes = new byte[H * W * C];
    new PhiloxRandom(8).nextBytes(bytes);
    float[] table = new float[C * 256];
    IntStream.range(0, table.length).forEach(i -> table[i] = (i % 256 - 100) / 64f);
    float[] weights = InitialWeights.draw(graph.layout(), 3);
    float[] logits;
    try (BytePointer pixels = new BytePointer(bytes);
        Device device = Devices.open("reference", 1).device();
        ResidentImages images =
            device.upload(new ImagePixels(pixels, graph.input(), new int[1], table));
        Vector w = device.allocate(graph.layout());
        Executable run = device.compile(Plan.forward(graph, 1), 1)) {
      w.write(weights);
      logits = run.logits(w, images, new int[1]);
    }
    double[] expected =
        torchForward(
            bytes,
            table,
            torch(tensors.get(0), weights),
            torch(tensors.get(1), weights),
            torch(tensors.get(2), weights),
            torch(tensors.get(3), weights));
    for (int k = 0; k < CLASSES; k++) {
      assertEquals(expected[k], logits[k], 1e-5);
    }
  }

  /**
   * conv [O,C,3,3] with padding 1 over [C,H,W], flatten to C*H*W, linear [CLASSES, O*H*W]:
   * torch.nn's order throughout.
   */
  private static double[] torchForward(
      byte[] bytes, float[] table, float[] conv, float[] convBias, float[] fc, float[] fcBias) {
    double[] features = new double[O * H * W];
    for (int o = 0; o < O; o++) {
      for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
          double sum = convBias[o];
          for (int c = 0; c < C; c++) {
            for (int ky = 0; ky < 3; ky++) {
              for (int kx = 0; kx < 3; kx++) {
                int iy = y + ky - 1;
                int ix = x + kx - 1;
                if (iy >= 0 && iy < H && ix >= 0 && ix < W) {
                  float pixel = table[c * 256 + (bytes[(iy * W + ix) * C + c] & 0xFF)];
                  sum += conv[((o * C + c) * 3 + ky) * 3 + kx] * pixel;
                }
              }
            }
          }
          features[(o * H + y) * W + x] = sum;
        }
      }
    }
    double[] logits = new double[CLASSES];
    for (int k = 0; k < CLASSES; k++) {
      logits[k] = fcBias[k];
      for (int i = 0; i < features.length; i++) {
        logits[k] += fc[k * features.length + i] * features[i];
      }
    }
    return logits;
  }
}
