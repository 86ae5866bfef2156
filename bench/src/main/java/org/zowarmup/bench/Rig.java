package org.zowarmup.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.Shape;
import org.zowarmup.random.PhiloxRandom;

/**
 * The basis of every benchmark: a device, resident images and initial weights. The pixels are
 * noise, since no kernel's time depends on them; all of it follows from one seed, so that two runs
 * measure the same work.
 */
public final class Rig implements AutoCloseable {
  public static final long SEED = 2509;

  /** Images at hand; batches rotate through them, so that a gather is not always the same. */
  public static final int IMAGES = 512;

  private static final int BYTE = 256;

  private final Device device;
  private final Graph graph;
  private final List<Vector> vectors = new ArrayList<>();
  private BytePointer pixels;
  private ResidentImages images;
  private byte[] bytes;
  private int[] labels;

  /** With one thread. */
  Rig(String deviceName, BenchModel model) {
    this(deviceName, model, 1);
  }

  /**
   * @param threads of the device
   */
  public Rig(String deviceName, BenchModel model, int threads) {
    this(deviceName, model.graph(), threads);
  }

  /**
   * @param threads of the device
   */
  public Rig(String deviceName, Graph graph, int threads) {
    device = Devices.open(deviceName, threads).device();
    this.graph = graph;
  }

  public Device device() {
    return device;
  }

  public Graph graph() {
    return graph;
  }

  /** [IMAGES, H, W, C] of uniform noise with uniform labels, uploaded when first asked for. */
  public ResidentImages images() {
    if (images == null) {
      Shape shape = graph.input();
      PhiloxRandom random = new PhiloxRandom(SEED);
      bytes = new byte[IMAGES * shape.elements()];
      random.nextBytes(bytes);
      labels = IntStream.range(0, IMAGES).map(i -> random.nextInt(graph.classes())).toArray();
      pixels = new BytePointer(bytes);
      images = device.upload(new ImagePixels(pixels, shape, labels, standardized(shape)));
    }
    return images;
  }

  /** The pixels that a pass sees of some images, [samples, H, W, C]. */
  public float[] normalized(int[] samples) {
    images();
    Shape shape = graph.input();
    float[] table = standardized(shape);
    float[] values = new float[samples.length * shape.elements()];
    for (int i = 0; i < values.length; i++) {
      int e = i % shape.elements();
      int pixel = bytes[samples[i / shape.elements()] * shape.elements() + e] & (BYTE - 1);
      values[i] = table[e % shape.channels() * BYTE + pixel];
    }
    return values;
  }

  /** The labels of some images. */
  public int[] labels(int[] samples) {
    images();
    return IntStream.of(samples).map(s -> labels[s]).toArray();
  }

  /** Mean 0 and variance 1 over uniform bytes, [C * 256]. */
  private static float[] standardized(Shape shape) {
    float[] table = new float[shape.channels() * 256];
    double deviation = Math.sqrt((256.0 * 256 - 1) / 12);
    for (int i = 0; i < table.length; i++) {
      table[i] = (float) (((i & 255) - 127.5) / deviation);
    }
    return table;
  }

  /** All images in batches of {@code size}, which divides their number. */
  public static List<int[]> batches(int size) {
    if (size < 1 || IMAGES % size != 0) {
      throw new IllegalArgumentException(
          "batch: expected a divisor of " + IMAGES + ", found " + size);
    }
    return IntStream.range(0, IMAGES / size)
        .mapToObj(b -> IntStream.range(b * size, (b + 1) * size).toArray())
        .toList();
  }

  /** The network's initial weights for a seed, in a vector of their own. */
  public Vector weights(long seed) {
    Vector weights = zeros();
    weights.write(InitialWeights.draw(graph.layout(), seed));
    return weights;
  }

  /** A vector of zeros, closed with this rig. */
  public Vector zeros() {
    Vector vector = device.allocate(graph.layout());
    vectors.add(vector);
    return vector;
  }

  @Override
  public void close() {
    vectors.forEach(Vector::close);
    if (images != null) {
      images.close();
      pixels.close();
    }
    device.close();
  }
}
