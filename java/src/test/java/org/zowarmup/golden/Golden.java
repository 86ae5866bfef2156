package org.zowarmup.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.stream.IntStream;
import org.zowarmup.config.KindSection;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Model;
import org.zowarmup.plugin.Plugins;
import org.zowarmup.random.Directions;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.PhiloxRandom;

/** A golden file, and what its model, shape and seed stand for; bench/pytorch writes them. */
record Golden(JsonNode json, Graph graph) {
  static Golden read(String name) {
    try (InputStream in = Golden.class.getResourceAsStream(name + ".json")) {
      JsonNode json = new ObjectMapper().readTree(in);
      ObjectNode model = json.get("model").deepCopy();
      String kind = model.remove("kind").textValue();
      JsonNode input = json.get("input");
      Shape shape =
          new Shape(input.get(0).intValue(), input.get(1).intValue(), input.get(2).intValue());
      Model defaults = Plugins.find(Model.class, Model::kind, "model.kind", kind);
      Model bound = new KindSection("model", kind, model).bind(defaults);
      return new Golden(json, bound.build(shape, json.get("classes").intValue()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int batch() {
    return json.get("batch").intValue();
  }

  private long seed() {
    return json.get("seed").longValue();
  }

  /** Initial weights; tensors of rank 1 moved by 0.1 times the Gaussian direction of the seed. */
  float[] weights() {
    float[] weights = InitialWeights.draw(graph.layout(), seed());
    for (ParameterTensor t : graph.layout().tensors()) {
      if (t.spec().shape().size() == 1) {
        float[] z = new float[t.size()];
        Distribution.GAUSSIAN.fill(seed(), t.offset(), z);
        for (int i = 0; i < z.length; i++) {
          weights[(int) t.offset() + i] += 0.1f * z[i];
        }
      }
    }
    return weights;
  }

  byte[] pixels() {
    byte[] bytes = new byte[batch() * graph.input().elements()];
    new PhiloxRandom(seed()).nextBytes(bytes);
    return bytes;
  }

  /** (byte - 127.5) / 64 for every channel. */
  float[] normalization() {
    float[] table = new float[graph.input().channels() * 256];
    for (int i = 0; i < table.length; i++) {
      table[i] = ((i & 255) - 127.5f) / 64;
    }
    return table;
  }

  int[] labels() {
    return IntStream.range(0, batch())
        .map(n -> (int) ((7L * n + seed()) % graph.classes()))
        .toArray();
  }

  static double[] numbers(JsonNode array) {
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).doubleValue();
    }
    return values;
  }

  /**
   * Norm of the difference over norm of what PyTorch has, for a tensor of which the file holds
   * products with random sign directions: the mean square of their differences is, in expectation,
   * the square of the norm of the difference. Norms and elements count too: the greatest of the
   * three is the answer.
   *
   * @param all a buffer of the layout, less {@code base} where that is not null
   */
  static double distance(JsonNode summary, ParameterTensor t, float[] all, float[] base) {
    double[] values = new double[t.size()];
    for (int i = 0; i < values.length; i++) {
      int at = (int) t.offset() + i;
      values[i] = base == null ? all[at] : (double) all[at] - base[at];
    }
    double norm = summary.get("norm").doubleValue();
    double[] projections = numbers(summary.get("projections"));
    double squares = 0;
    for (int seed = 0; seed < projections.length; seed++) {
      float[] signs = new float[values.length];
      Directions.rademacher(seed, t.offset(), signs);
      double sum = 0;
      for (int i = 0; i < values.length; i++) {
        sum += signs[i] * values[i];
      }
      squares += Math.pow(sum - projections[seed], 2);
    }
    double greatest = Math.sqrt(squares / projections.length);
    greatest = Math.max(greatest, Math.abs(norm(values) - norm));
    double[] elements = numbers(summary.get("elements"));
    for (int k = 0; k < elements.length; k++) {
      int at = elements.length < 4 ? k : (int) ((long) k * values.length / elements.length);
      greatest = Math.max(greatest, Math.abs(values[at] - elements[k]));
    }
    return greatest / norm;
  }

  static double norm(double[] values) {
    double sum = 0;
    for (double v : values) {
      sum += v * v;
    }
    return Math.sqrt(sum);
  }
}
