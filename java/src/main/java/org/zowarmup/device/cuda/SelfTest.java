package org.zowarmup.device.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.Owned;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.device.cuda.driver.CudaLibraries;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.device.cuda.kernel.CudaKernels;
import org.zowarmup.device.cuda.kernel.KernelCache;
import org.zowarmup.error.DeviceUnavailableException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.PhiloxRandom;

/**
 * Whether a GPU computes what plain Java on the host does: a kernel bit for bit, a product, a
 * convolution, and a tiny network forward, backward and as replayed graphs. It takes about a
 * second. What came out is kept beside the kernels, for this GPU, driver, libraries and version of
 * the program; where it passed, the GPU is taken without another test.
 */
final class SelfTest {
  private static final String PASSED = "passed";
  private static final Shape INPUT = new Shape(9, 8, 3);
  private static final int CLASSES = 5;
  private static final int IMAGES = 12;
  private static final int BATCH = 4;
  private static final long SEED = 5;

  /** The largest relative error of a gradient; those of docs/cuda.md. */
  private static final Map<Precision, Double> TOLERANCES =
      Map.of(Precision.FP32, 1e-4, Precision.TF32, 3e-2, Precision.BF16, 1e-1);

  private final String facts;
  private final Path file;
  private CudaDevice device; // while the test runs

  SelfTest(Gpu gpu, KernelCache cache) {
    this.facts = facts(gpu);
    this.file = cache.beside("self-test", facts);
  }

  private static String facts(Gpu gpu) {
    List<String> facts = new ArrayList<>();
    facts.add(gpu.description());
    facts.add(text(Path.of("/proc/driver/nvidia/version")));
    CudaLibraries.get().versions().forEach((name, version) -> facts.add(name + " " + version));
    facts.add(CudaKernels.expectedOrigin(gpu));
    try (InputStream build = SelfTest.class.getResourceAsStream("/org/zowarmup/build.properties")) {
      facts.add(build == null ? "" : new String(build.readAllBytes(), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded build.properties", e);
    }
    return String.join("\n", facts);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // WSL and the emulator have none
    }
  }

  /** What is known of this GPU without a test: a line, empty where there was none. */
  String known() {
    String all = text(file);
    return all.lines().findFirst().orElse("");
  }

  boolean hasPassed() {
    return known().startsWith(PASSED);
  }

  /**
   * Tests a device of this GPU and keeps what came out.
   *
   * @throws DeviceUnavailableException naming the step that failed
   */
  void run(CudaDevice tested) {
    device = tested;
    String name = device.name();
    try (Device host = Devices.open("reference", 1).device()) {
      for (Step step : steps()) {
        String found;
        Throwable cause = null;
        try {
          found = step.check.apply(host);
        } catch (RuntimeException e) {
          found = e.getMessage();
          cause = e;
        }
        if (found != null) {
          String line = "self test failed at " + step.name + ": " + found;
          keep(line);
          throw new DeviceUnavailableException(
              "device " + name + ": " + line + "; take device=cpu and report this line",
              "no " + name + ": its self test failed at " + step.name,
              cause);
        }
      }
    }
    keep(PASSED + " " + String.join(", ", steps().stream().map(step -> step.name).toList()));
  }

  private void keep(String line) {
    try {
      Files.createDirectories(file.getParent());
      Path part = Files.createTempFile(file.getParent(), "part", ".tmp");
      Files.writeString(part, line.replace('\n', ' ') + "\n" + facts + "\n");
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      // the kernel cache warns of the same folder; the next start tests again
    }
  }

  /**
   * @param check returns what was found wrong, null where nothing is
   */
  private record Step(String name, Function<Device, String> check) {}

  private List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    steps.add(new Step("a kernel", this::kernel));
    steps.add(new Step("a product", host -> gradient(host, product(), Precision.FP32)));
    steps.add(new Step("a convolution", host -> gradient(host, convolution(), Precision.FP32)));
    for (Precision precision : Precision.values()) {
      if (device.supports(precision)) {
        steps.add(
            new Step("a network in " + precision, host -> gradient(host, network(), precision)));
      }
    }
    steps.add(new Step("probes as graphs", this::probes));
    return steps;
  }

  private static Graph product() {
    Graph.Builder builder = Graph.builder("product", INPUT);
    builder.add("fc", new Linear(CLASSES), builder.add("flat", new Flatten(), Graph.INPUT));
    return builder.build(new Loss(CLASSES));
  }

  private static Graph convolution() {
    Graph.Builder builder = Graph.builder("convolution", INPUT);
    int x = builder.add("conv", new Conv(8, 3, 1, 1, false), Graph.INPUT);
    builder.add("fc", new Linear(CLASSES), builder.add("flat", new Flatten(), x));
    return builder.build(new Loss(CLASSES));
  }

  private static Graph network() {
    Graph.Builder builder = Graph.builder("network", INPUT);
    int x = builder.add("conv1", new Conv(8, 3, 1, 1, false), Graph.INPUT);
    x = builder.add("relu1", new Relu(), builder.add("norm1", new GroupNorm(2), x));
    x = builder.add("conv2", new Conv(16, 3, 2, 1, true), x);
    x = builder.add("relu2", new Relu(), builder.add("norm2", new GroupNorm(4), x));
    builder.add("fc", new Linear(CLASSES), builder.add("pool", Pool.globalAverage(), x));
    return builder.build(new Loss(CLASSES));
  }

  /** A device with images and weights that are the same on every device. */
  private static final class Side implements AutoCloseable {
    private final Owned owned = new Owned();
    private final Device device;
    private final ResidentImages images;
    private final Vector weights;

    Side(Device device, Graph graph) {
      this.device = device;
      try {
        PhiloxRandom random = new PhiloxRandom(SEED);
        byte[] bytes = new byte[IMAGES * INPUT.elements()];
        random.nextBytes(bytes);
        int[] labels = IntStream.range(0, IMAGES).map(i -> random.nextInt(CLASSES)).toArray();
        float[] table = new float[INPUT.channels() * 256];
        for (int i = 0; i < table.length; i++) {
          table[i] = ((i & 255) - 127.5f) / 64;
        }
        BytePointer pixels = owned.add(new BytePointer(bytes));
        this.images = owned.add(device.upload(new ImagePixels(pixels, INPUT, labels, table)));
        this.weights = vector(graph);
        weights.write(InitialWeights.draw(graph.layout(), SEED));
      } catch (RuntimeException | Error e) {
        owned.closeAfter(e);
        throw e;
      }
    }

    Vector vector(Graph graph) {
      return owned.add(device.allocate(graph.layout()));
    }

    @Override
    public void close() {
      owned.close();
    }
  }

  private String kernel(Device host) {
    float[][] found = new float[2][];
    for (int d = 0; d < 2; d++) {
      Device on = d == 0 ? host : device;
      try (Side side = new Side(on, network())) {
        Vector plus = side.vector(network());
        Vector minus = side.vector(network());
        on.vectors().perturbPair(side.weights, SEED, 1e-2f, Distribution.RADEMACHER, plus, minus);
        found[d] = minus.read();
      }
    }
    for (int i = 0; i < found[0].length; i++) {
      if (Float.floatToRawIntBits(found[0][i]) != Float.floatToRawIntBits(found[1][i])) {
        return "w - eps z at %d: expected %s, found %s".formatted(i, found[0][i], found[1][i]);
      }
    }
    return null;
  }

  private String gradient(Device host, Graph graph, Precision precision) {
    float[][] found = new float[2][];
    for (int d = 0; d < 2; d++) {
      Device on = d == 0 ? host : device;
      Plan plan = Plan.forwardBackward(graph, BATCH);
      try (Side side = new Side(on, graph);
          Executable run = on.compile(plan, 1, d == 0 ? Precision.FP32 : precision)) {
        Vector gradient = side.vector(graph);
        run.gradient(side.weights, side.images, IntStream.range(0, BATCH).toArray(), gradient);
        found[d] = gradient.read();
      }
    }
    return difference("gradient", found[0], found[1], TOLERANCES.get(precision));
  }

  /** Several passes, so that those after the first are replayed. */
  private String probes(Device host) {
    Graph graph = network();
    float[][] losses = new float[2][];
    for (int d = 0; d < 2; d++) {
      Device on = d == 0 ? host : device;
      try (Side side = new Side(on, graph);
          Executable run = on.compile(Plan.forward(graph, BATCH), 1, Precision.FP32)) {
        ProbeJob[] jobs =
            IntStream.range(0, 3)
                .mapToObj(i -> new ProbeJob(SeedTerms.NONE, i, 1e-2f, new int[] {i, i + 5, i + 9}))
                .toArray(ProbeJob[]::new);
        ProbeJob.Result[] results =
            run.probe(side.weights, Distribution.RADEMACHER, side.images, jobs);
        losses[d] = new float[2 * jobs.length];
        for (int i = 0; i < jobs.length; i++) {
          losses[d][2 * i] = (float) results[i].lossSumPlus();
          losses[d][2 * i + 1] = (float) results[i].lossSumMinus();
        }
      }
    }
    return difference("losses", losses[0], losses[1], TOLERANCES.get(Precision.FP32));
  }

  /** What is to be said of vectors whose difference is too large; NaN is. */
  private static String difference(String what, float[] expected, float[] found, double tolerance) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      double apart = (double) found[i] - expected[i];
      difference += apart * apart;
      norm += (double) expected[i] * expected[i];
    }
    double error = Math.sqrt(difference / norm);
    return error <= tolerance
        ? null
        : String.format(
            Locale.ROOT, "%s: relative error %.1e, allowed %.0e", what, error, tolerance);
  }
}
