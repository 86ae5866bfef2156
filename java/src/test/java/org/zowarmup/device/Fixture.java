package org.zowarmup.device;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Shape;
import org.zowarmup.random.PhiloxRandom;

/** A device with images and weights for one network; everything follows from a printed seed. */
final class Fixture implements AutoCloseable {
  final Device device;
  final Graph graph;
  final ResidentImages images;
  final Vector weights;
  final ImagePixels uploaded;
  private final BytePointer pixels;

  Fixture(Device device, Graph graph, int count, long seed) {
    this.device = device;
    this.graph = graph;
    Shape shape = graph.input();
    PhiloxRandom random = new PhiloxRandom(seed);
    byte[] bytes = new byte[count * shape.elements()];
    random.nextBytes(bytes);
    int[] labels = IntStream.range(0, count).map(i -> random.nextInt(graph.classes())).toArray();
    float[] table = new float[shape.channels() * 256];
    for (int i = 0; i < table.length; i++) {
      table[i] = ((i & 255) - 127.5f + (i >> 8)) / 64;
    }
    this.pixels = new BytePointer(bytes);
    this.uploaded = new ImagePixels(pixels, shape, labels, table);
    this.images = device.upload(uploaded);
    this.weights = vector(weights(graph, seed));
  }

  /** Initial weights with gains and biases moved off 1 and 0, so that their gradients matter. */
  private static float[] weights(Graph graph, long seed) {
    float[] weights = InitialWeights.draw(graph.layout(), seed);
    PhiloxRandom random = new PhiloxRandom(seed + 1);
    for (ParameterTensor tensor : graph.layout().tensors()) {
      if (tensor.spec().shape().size() == 1) {
        for (long i = tensor.offset(); i < tensor.end(); i++) {
          weights[(int) i] += (random.nextFloat() - 0.5f) * 0.5f;
        }
      }
    }
    return weights;
  }

  Vector vector(float[] values) {
    Vector v = device.allocate(graph.layout());
    v.write(values);
    return v;
  }

  Vector zero() {
    return device.allocate(graph.layout());
  }

  int[] samples(int from, int count) {
    return IntStream.range(from, from + count).toArray();
  }

  boolean[] isParameter() {
    boolean[] is = new boolean[(int) graph.layout().length()];
    for (ParameterTensor t : graph.layout().tensors()) {
      Arrays.fill(is, (int) t.offset(), (int) t.end(), true);
    }
    return is;
  }

  @Override
  public void close() {
    weights.close();
    images.close();
    device.close();
    pixels.close();
  }
}
