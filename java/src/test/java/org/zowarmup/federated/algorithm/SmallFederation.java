package org.zowarmup.federated.algorithm;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.config.FaultsConfig;
import org.zowarmup.config.LearningRate;
import org.zowarmup.config.PrivacyConfig;
import org.zowarmup.config.Schedule;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Estimate;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.Executor;
import org.zowarmup.executor.LaneExecutor;
import org.zowarmup.executor.Workload;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.Faults;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Federation;
import org.zowarmup.federated.Round;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.SubNetwork;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.PhiloxRandom;

/** A federation of a few clients with a few random images each, on a real device. */
public final class SmallFederation implements AutoCloseable {
  public static final long SEED = 3;

  final Device device;
  public final Graph graph = graph();
  public final ResidentImages images;
  public final Executor executor;
  public final Federation federation;
  private final BytePointer pixels;
  private Books books = Books.EMPTY;

  /**
   * @param sizes training images of each client; the first two are high-resource
   */
  public SmallFederation(String deviceName, int threads, int... sizes) {
    this(deviceName, threads, 1.0, sizes);
  }

  /**
   * @param width of the sub-network that the executor has
   */
  public SmallFederation(String deviceName, int threads, double width, int[] sizes) {
    this.device = Devices.open(deviceName, threads).device();
    int count = IntStream.of(sizes).sum();
    PhiloxRandom random = new PhiloxRandom(SEED);
    byte[] bytes = new byte[count * graph.input().elements()];
    random.nextBytes(bytes);
    int[] labels = IntStream.range(0, count).map(i -> random.nextInt(graph.classes())).toArray();
    float[] table = new float[256];
    for (int v = 0; v < 256; v++) {
      table[v] = (v - 127.5f) / 74;
    }
    this.pixels = new BytePointer(bytes);
    this.images = device.upload(new ImagePixels(pixels, graph.input(), labels, table));
    List<Client> clients = new ArrayList<>();
    int from = 0;
    for (int id = 0; id < sizes.length; id++) {
      int[] train = IntStream.range(from, from + sizes[id]).toArray();
      Client.Type type = id < 2 ? Client.Type.HIGH : Client.Type.LOW;
      clients.add(new Client(id, type, train, new int[0]));
      from += sizes[id];
    }
    this.federation = new Federation(clients);
    Graph sub = SubNetwork.withScaler(SubNetwork.of(graph, width), width);
    Workload workload =
        new Workload(
            Plan.forward(graph, 3),
            Precision.FP32,
            100,
            0,
            Plan.forwardBackward(graph, 4),
            Precision.FP32,
            10,
            Plan.forward(graph, 5),
            Precision.FP32,
            Plan.forwardBackward(sub, 4));
    this.executor = new LaneExecutor(device, workload, () -> false);
  }

  /** 5x4 images, 3 classes, all of the layers that matter, 61 parameters. */
  public static Graph graph() {
    Graph.Builder graph = Graph.builder("small", new Shape(5, 4, 1));
    int x = graph.add("conv", new Conv(2, 3, 2, 1, false), Graph.INPUT);
    x = graph.add("norm", new GroupNorm(1), x);
    x = graph.add("relu", new Relu(), x);
    Shape shape = graph.shape(x);
    x = graph.add("flatten", new Flatten(), x);
    graph.add("fc", new Linear(3, shape), x);
    return graph.build(new Loss(3));
  }

  public FederatedContext context(FaultsConfig faults, PrivacyConfig privacy) {
    return new FederatedContext(
        federation, executor, images, SEED, new Faults(faults, SEED), privacy);
  }

  public FederatedContext context() {
    return new FederatedContext(federation, executor, images, SEED);
  }

  public static WarmupConfig warmup(int cohort, double lr, double serverLr) {
    return new WarmupConfig(
        4,
        cohort,
        2,
        4,
        Precision.FP32,
        lr,
        0,
        1e-5,
        false,
        serverLr,
        Schedule.CONSTANT,
        0,
        ServerConfig.PLAIN);
  }

  public static ZoConfig zo(int cohort, int seeds, boolean ownSeeds, int batch, int localSteps) {
    return zo(cohort, seeds, ownSeeds, batch, localSteps, Distribution.RADEMACHER);
  }

  /** The same along other directions. */
  public static ZoConfig zo(
      int cohort,
      int seeds,
      boolean ownSeeds,
      int batch,
      int localSteps,
      Distribution distribution) {
    return new ZoConfig(
        4,
        cohort,
        seeds,
        ownSeeds,
        batch,
        batch > 0,
        1e-3,
        Estimate.TWO_SIDED,
        distribution,
        Precision.FP32,
        LearningRate.of(0.05),
        Schedule.CONSTANT,
        localSteps,
        false,
        Schedule.CONSTANT,
        1024,
        ServerConfig.PLAIN);
  }

  /** Runs a round and accepts it, as a run does. */
  public Round run(Algorithm algorithm, int round, int roundOfPhase, Vector weights) {
    Round done = algorithm.round(new Round.Key(round, roundOfPhase), books, weights);
    books = done.messages().after().accepted();
    return done;
  }

  @Override
  public void close() {
    executor.close();
    images.close();
    device.close();
    pixels.close();
  }
}
