package org.zowarmup.inspect;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.SampleLoss;
import org.zowarmup.plugin.Own;
import org.zowarmup.random.PhiloxRandom;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.LoadedData;

/**
 * The gradients of a user's layers and loss against central differences of their forward pass, at
 * the shapes that they have in a config's model: random inputs, the parameters of the seed, a
 * random gradient of the output.
 *
 * @param node name of the layer in the model, or {@code loss}
 * @param layer its class
 * @param checked values of inputs and parameters whose gradients agree
 * @param kinks values where the differences of both sides differ, so that there is no derivative
 * @param worst largest difference in parts of the tensor's largest gradient
 */
public record LayerCheck(String node, String layer, int checked, int kinks, double worst) {
  private static final int SAMPLES = 2;
  private static final int MOST_VALUES = 500;
  private static final double STEP = 1.0 / 512;

  /** Of a loss, which computes in double. */
  private static final double STEP_OF_LOSS = 1e-6;

  private static final int LOSSES = 40;
  private static final double TOLERANCE = 0.01;

  /**
   * Checks every layer of a user's own in the model of a config, and its loss.
   *
   * @throws UserErrorException where a gradient differs, or all parts are the program's
   */
  public static List<LayerCheck> of(RunConfig config) {
    Graph graph;
    try (LoadedData loaded = LoadedData.open(config)) {
      DataSet data = loaded.data();
      graph = ConfigResolver.graph(config, data);
    }
    float[] weights = InitialWeights.draw(graph.layout(), config.seed());
    List<LayerCheck> checks = new ArrayList<>();
    for (Graph.Node node : graph.nodes()) {
      if (node.layer() instanceof Custom layer) {
        checks.add(new One(node, layer, weights, config.seed()).check());
      }
    }
    if (!graph.head().isCrossEntropy()) {
      checks.add(ofLoss(graph.head(), config.seed()));
    }
    if (checks.isEmpty()) {
      throw new UserErrorException(
          "model %s: expected a layer or a loss of your own, one that implements %s or %s; found none in it"
              .formatted(graph.name(), Custom.class.getName(), SampleLoss.class.getName()));
    }
    return checks;
  }

  private static LayerCheck ofLoss(Loss head, long seed) {
    SampleLoss loss = head.perSample();
    String type = Own.type(loss).getName();
    PhiloxRandom random = new PhiloxRandom(seed);
    int every = Math.max(1, LOSSES * head.classes() / MOST_VALUES);
    Count count = new Count();
    for (int n = 0; n < LOSSES; n++) {
      double[] logits = new double[head.classes()];
      Arrays.setAll(logits, k -> 6 * random.nextDouble() - 3);
      int label = n % head.classes();
      double[] gradient = new double[head.classes()];
      Arrays.fill(gradient, Double.NaN);
      loss.gradient(logits, label, gradient);
      double center = loss.of(logits, label);
      double largest = Arrays.stream(gradient).map(Math::abs).reduce(1e-3, Math::max);
      for (int k = n % every; k < gradient.length; k += every) {
        double before = logits[k];
        logits[k] = before + STEP_OF_LOSS;
        double above = (loss.of(logits, label) - center) / STEP_OF_LOSS;
        logits[k] = before - STEP_OF_LOSS;
        double below = (center - loss.of(logits, label)) / STEP_OF_LOSS;
        logits[k] = before;
        if (!count.agrees(gradient[k], above, below, largest)) {
          throw new UserErrorException(
              "loss %s (%s): expected the gradient of its value, %.4g by differences for logit %d of a sample of class %d; found %.4g; check its gradient"
                  .formatted(loss.kind(), type, (above + below) / 2, k, label, gradient[k]));
        }
      }
    }
    return count.check("loss", type);
  }

  /** What agrees so far. */
  private static final class Count {
    private int checked;
    private int kinks;
    private double worst;

    /**
     * @param above slope to larger values
     * @param below slope from smaller ones
     * @param largest gradient of the tensor
     */
    boolean agrees(double found, double above, double below, double largest) {
      double slope = (above + below) / 2;
      double error = Math.abs(found - slope);
      double size = Math.max(largest, Math.abs(slope));
      if (error <= TOLERANCE * size) {
        checked++;
        worst = Math.max(worst, error / size);
        return true;
      }
      boolean kink = isBetween(found, above, below);
      kinks += kink ? 1 : 0;
      return kink;
    }

    /** Of two one-sided slopes that differ, each is a derivative. */
    private static boolean isBetween(double found, double above, double below) {
      double margin = TOLERANCE * (Math.abs(above) + Math.abs(below));
      return Math.abs(above - below) > 10 * margin
          && found >= Math.min(above, below) - margin
          && found <= Math.max(above, below) + margin;
    }

    LayerCheck check(String node, String type) {
      return new LayerCheck(node, type, checked, kinks, worst);
    }
  }

  /** One layer with its buffers. */
  private static final class One {
    private final Graph.Node node;
    private final Custom layer;
    private final FloatBuffer x;
    private final FloatBuffer dy;
    private final List<FloatBuffer> parameters = new ArrayList<>();
    private final Count count = new Count();

    One(Graph.Node node, Custom layer, float[] weights, long seed) {
      this.node = node;
      this.layer = Own.named(Custom.class, "layer " + node.name(), layer);
      PhiloxRandom random = new PhiloxRandom(seed);
      x = drawn(SAMPLES * node.inputShapes().get(0).elements(), random);
      dy = drawn(SAMPLES * node.shape().elements(), random);
      for (ParameterTensor tensor : node.parameters()) {
        FloatBuffer values = buffer(tensor.size());
        for (int i = 0; i < tensor.size(); i++) {
          values.put(i, weights[Math.toIntExact(tensor.offset()) + i]);
        }
        parameters.add(values);
      }
    }

    private static FloatBuffer buffer(int elements) {
      return ByteBuffer.allocateDirect(Math.multiplyExact(elements, Float.BYTES))
          .order(ByteOrder.nativeOrder())
          .asFloatBuffer();
    }

    private static FloatBuffer drawn(int elements, PhiloxRandom random) {
      FloatBuffer values = buffer(elements);
      for (int i = 0; i < elements; i++) {
        values.put(i, (float) (2 * random.nextDouble() - 1));
      }
      return values;
    }

    /** Not a number until the layer has written it. */
    private static FloatBuffer unwritten(int elements) {
      FloatBuffer values = buffer(elements);
      for (int i = 0; i < elements; i++) {
        values.put(i, Float.NaN);
      }
      return values;
    }

    LayerCheck check() {
      FloatBuffer dx = unwritten(x.capacity());
      List<FloatBuffer> gradients =
          parameters.stream().map(values -> unwritten(values.capacity())).toList();
      layer.backward(
          SAMPLES,
          x.duplicate(),
          atStart(parameters),
          dy.duplicate(),
          dx.duplicate(),
          atStart(gradients));
      compare("dx", x, dx);
      for (int p = 0; p < gradients.size(); p++) {
        compare(
            "gradient of " + node.parameters().get(p).name(), parameters.get(p), gradients.get(p));
      }
      return count.check(node.name(), Own.type(layer).getName());
    }

    /** As a device gives them: a layer may move the positions of its own views. */
    private static List<FloatBuffer> atStart(List<FloatBuffer> buffers) {
      return buffers.stream().map(FloatBuffer::duplicate).toList();
    }

    private float[] forward() {
      FloatBuffer y = unwritten(dy.capacity());
      layer.forward(SAMPLES, x.duplicate(), atStart(parameters), y.duplicate());
      float[] values = new float[y.capacity()];
      y.get(0, values);
      for (int i = 0; i < values.length; i++) {
        if (!Float.isFinite(values[i])) {
          throw new UserErrorException(
              "layer %s (%s): expected a number at every place of its output, found y[%d] = %s; check its forward"
                  .formatted(node.name(), Own.type(layer).getName(), i, values[i]));
        }
      }
      return values;
    }

    /** The change of sum(dy y) when one value changes by this much. */
    private double change(FloatBuffer of, int at, float[] center, double step) {
      float before = of.get(at);
      of.put(at, (float) (before + step));
      float[] moved = forward();
      of.put(at, before);
      double sum = 0;
      for (int i = 0; i < moved.length; i++) {
        sum += (double) dy.get(i) * ((double) moved[i] - center[i]);
      }
      return sum / step;
    }

    private void compare(String what, FloatBuffer of, FloatBuffer gradient) {
      float[] center = forward();
      int every = Math.max(1, of.capacity() / MOST_VALUES);
      double largest = 1e-3;
      for (int i = 0; i < gradient.capacity(); i++) {
        largest = Math.max(largest, Math.abs(gradient.get(i)));
      }
      for (int i = 0; i < of.capacity(); i += every) {
        double above = change(of, i, center, STEP);
        double below = change(of, i, center, -STEP);
        if (!count.agrees(gradient.get(i), above, below, largest)) {
          throw new UserErrorException(
              "layer %s (%s): expected the gradient of its forward pass, %s[%d] = %.4g by differences; found %.4g; check its backward"
                  .formatted(
                      node.name(),
                      Own.type(layer).getName(),
                      what,
                      i,
                      (above + below) / 2,
                      gradient.get(i)));
        }
      }
    }
  }
}
