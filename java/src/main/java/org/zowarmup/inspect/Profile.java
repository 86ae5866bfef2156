package org.zowarmup.inspect;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Model;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Op;
import org.zowarmup.plugin.Plugins;
import org.zowarmup.random.PhiloxRandom;

/**
 * Where the time of a pass goes on a device, step by step, beside what the device reaches at best.
 *
 * @param device its description
 * @param flopRate FLOP/s of a large matrix product on this device, measured now in the precision
 * @param byteRate bytes/s read and written by a copy of a large vector, likewise
 * @param parts in the order of a pass
 */
public record Profile(String device, double flopRate, double byteRate, List<Part> parts) {
  private static final int CLASSES = 10;
  private static final long SEED = 2509;
  private static final int REPEATS = 9;
  private static final int SMALLEST_PRODUCT = 256;
  private static final int LARGEST_PRODUCT = 8192;
  private static final double LONG_ENOUGH = 1e-3; // seconds of the product that gives the peak

  /**
   * A part of a pass.
   *
   * @param kind of operation, {@code Conv.Forward} for instance; the part's own name where it is no
   *     step of the plan
   * @param layer the node, empty likewise
   * @param bytes that it must at least move: all it reads and writes, once
   * @param flops floating-point operations, 0 where it is no step of the plan
   */
  public record Part(String kind, String layer, double seconds, long bytes, long flops) {
    /** The larger of the shares that it reaches of both peaks. */
    public double share(Profile profile) {
      return Math.max(flops / seconds / profile.flopRate(), bytes / seconds / profile.byteRate());
    }
  }

  /** What is profiled. */
  public record Request(
      String device, int threads, Precision precision, boolean training, int batch) {}

  /**
   * The same of a kind of model with its defaults.
   *
   * @param extents height, width and channels of an image
   */
  public static Profile of(String model, int[] extents, Request request) {
    Shape image = new Shape(extents[0], extents[1], extents[2]);
    return of(
        Plugins.find(Model.class, Model::kind, "--profile", model).build(image, CLASSES), request);
  }

  /**
   * Opens the device and times a pass of the network over noise.
   *
   * @throws org.zowarmup.error.UnsupportedException where the device does not run or time it
   */
  public static Profile of(Graph graph, Request request) {
    try (Device device = Devices.open(request.device(), request.threads()).device()) {
      double flopRate = 0;
      boolean enough = false;
      for (int n = SMALLEST_PRODUCT; n <= LARGEST_PRODUCT && !enough; n *= 2) {
        double seconds = productSeconds(device, n, request.precision());
        flopRate = Math.max(flopRate, 2.0 * n * n * n / seconds);
        enough = seconds > LONG_ENOUGH;
      }
      List<Executable.StepTime> times =
          times(device, graph, request.batch(), request.training(), request.precision());
      List<Part> parts = times.stream().map(time -> part(graph, request, time)).toList();
      return new Profile(
          device.name() + ": " + device.description(), flopRate, byteRate(device), parts);
    }
  }

  private static List<Executable.StepTime> times(
      Device device, Graph graph, int batch, boolean training, Precision precision) {
    Plan plan = training ? Plan.forwardBackward(graph, batch) : Plan.forward(graph, batch);
    Shape shape = graph.input();
    PhiloxRandom random = new PhiloxRandom(SEED);
    byte[] noise = new byte[Math.multiplyExact(batch, shape.elements())];
    random.nextBytes(noise);
    int[] labels = IntStream.range(0, batch).map(i -> random.nextInt(graph.classes())).toArray();
    float[] table = new float[shape.channels() * 256];
    for (int i = 0; i < table.length; i++) {
      table[i] = ((i & 255) - 127.5f) / 74;
    }
    try (BytePointer pixels = new BytePointer(noise);
        ResidentImages images = device.upload(new ImagePixels(pixels, shape, labels, table));
        Vector weights = device.allocate(graph.layout());
        Executable executable = device.compile(plan, 1, precision)) {
      weights.write(InitialWeights.draw(graph.layout(), SEED));
      return executable.profile(weights, images, IntStream.range(0, batch).toArray(), REPEATS);
    }
  }

  /** Of [n, n] times [n, n], as a layer of a network that does little else. */
  private static double productSeconds(Device device, int n, Precision precision) {
    return times(device, product(n, n), n, false, precision).stream()
        .filter(time -> time.step() != null && time.step().node().equals("product"))
        .mapToDouble(Executable.StepTime::seconds)
        .findFirst()
        .orElseThrow();
  }

  private static Graph product(int in, int out) {
    Graph.Builder builder = Graph.builder("product", new Shape(1, 1, in));
    int wide = builder.add("product", new Linear(out), Graph.INPUT);
    builder.add("classes", new Linear(2), wide);
    return builder.build(new Loss(2));
  }

  private static double byteRate(Device device) {
    ParameterLayout large = product(LARGEST_PRODUCT, LARGEST_PRODUCT / 2).layout();
    try (Vector from = device.allocate(large);
        Vector to = device.allocate(large)) {
      double least = Double.POSITIVE_INFINITY;
      for (int i = 0; i < REPEATS; i++) {
        long start = System.nanoTime();
        device.vectors().copy(from, to);
        least = Math.min(least, (System.nanoTime() - start) * 1e-9);
      }
      return 2.0 * Float.BYTES * from.length() / least;
    }
  }

  private static Part part(Graph graph, Request request, Executable.StepTime time) {
    Op op = time.step();
    if (op == null) {
      return new Part(time.part(), "", time.seconds(), 0, 0);
    }
    String kind = op.getClass().getEnclosingClass().getSimpleName();
    kind += " " + op.getClass().getSimpleName();
    long values =
        Stream.concat(op.io().reads().stream(), op.io().writes().stream())
            .mapToLong(Plan.Value::perSample)
            .sum();
    long elements = values * request.batch();
    long flops = 0;
    for (Graph.Node node : graph.nodes()) {
      if (node.name().equals(op.node())) {
        elements += node.parameters().stream().mapToLong(ParameterTensor::size).sum();
        flops += node.layer().flops(node.inputShapes(), node.shape()) * request.batch();
      }
    }
    int bytes = request.precision() == Precision.BF16 ? Short.BYTES : Float.BYTES;
    return new Part(kind, op.node(), time.seconds(), bytes * elements, flops);
  }
}
