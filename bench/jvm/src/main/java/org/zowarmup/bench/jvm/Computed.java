package org.zowarmup.bench.jvm;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.zowarmup.bench.Rig;
import org.zowarmup.bench.peers.Batches;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;

/**
 * What a library makes of the first images at the initial weights.
 *
 * @param logits [batch, classes]
 * @param gradient of the mean loss, a flat buffer in the layout's order
 */
record Computed(float[] logits, float[] gradient) {
  private static final double LOGITS = 1e-5;
  private static final double GRADIENT = 1e-5;

  /**
   * A relu whose input is 0 but for rounding passes a gradient on one side and not on the other.
   */
  private static final double KINKS = 2e-2;

  /** By a device of this program. */
  static Computed by(String device, Graph graph, int batch) {
    int[] samples = Batches.first(batch);
    try (Rig rig = new Rig(device, graph, 1);
        Executable run = rig.device().compile(Plan.forwardBackward(graph, batch), 1)) {
      Vector weights = rig.weights(Rig.SEED);
      Vector gradient = rig.zeros();
      run.gradient(weights, rig.images(), samples, gradient);
      return new Computed(run.logits(weights, rig.images(), samples), gradient.read());
    }
  }

  /**
   * The differences by name: norm of the difference over the norm of this.
   *
   * @throws IllegalStateException when one is greater than rounding explains
   */
  Map<String, Double> differences(String name, Computed other, ParameterLayout layout) {
    double[] ofTensors = new double[layout.tensors().size()];
    for (ParameterTensor t : layout.tensors()) {
      ofTensors[t.index()] =
          distance(gradient, other.gradient, Math.toIntExact(t.offset()), t.size());
    }
    Arrays.sort(ofTensors);
    Map<String, Double> found = new LinkedHashMap<>();
    put(found, name + " logits", distance(logits, other.logits, 0, logits.length), LOGITS);
    put(found, name + " gradient, median", ofTensors[ofTensors.length / 2], GRADIENT);
    put(found, name + " gradient, worst", ofTensors[ofTensors.length - 1], KINKS);
    return found;
  }

  private static double distance(float[] ours, float[] theirs, int from, int count) {
    double apart = 0;
    double norm = 0;
    for (int i = from; i < from + count; i++) {
      apart += Math.pow((double) ours[i] - theirs[i], 2);
      norm += Math.pow(ours[i], 2);
    }
    return Math.sqrt(apart / norm);
  }

  private static void put(Map<String, Double> found, String what, double value, double limit) {
    found.put(what, value);
    if (!(value <= limit)) {
      throw new IllegalStateException(
          "ZOWarmUp and %s differ by %.2e, expected at most %.0e: nothing is timed"
              .formatted(what, value, limit));
    }
  }
}
