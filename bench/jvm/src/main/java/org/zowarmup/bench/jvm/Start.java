package org.zowarmup.bench.jvm;

import java.util.Map;
import org.zowarmup.bench.Rig;
import org.zowarmup.bench.peers.Batches;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.record.weights.Safetensors.Tensor;
import org.zowarmup.record.weights.Weights;

/**
 * A network of ours with what a library starts from: our initial weights and the first images.
 *
 * @param pixels normalized, [batch, H, W, C]
 * @param weights by PyTorch's names
 */
record Start(Graph graph, float[] pixels, int[] labels, Map<String, Tensor> weights) {
  static Start of(Graph graph, int batch) {
    try (Rig rig = new Rig("cpu", graph, 1)) {
      int[] samples = Batches.first(batch);
      return new Start(
          graph,
          rig.normalized(samples),
          rig.labels(samples),
          Weights.byName(graph.layout(), rig.weights(Rig.SEED).read()));
    }
  }

  int batch() {
    return labels.length;
  }

  /** [batch, C, H, W]. */
  float[] channelsFirst() {
    Shape shape = graph.input();
    int points = shape.height() * shape.width();
    float[] first = new float[pixels.length];
    for (int n = 0; n < batch(); n++) {
      for (int p = 0; p < points; p++) {
        for (int c = 0; c < shape.channels(); c++) {
          first[(n * shape.channels() + c) * points + p] =
              pixels[(n * points + p) * shape.channels() + c];
        }
      }
    }
    return first;
  }

  /** The flat buffer of tensors by PyTorch's names. */
  float[] flat(Map<String, Tensor> tensors) {
    return Weights.flat(graph.layout(), tensors);
  }
}
