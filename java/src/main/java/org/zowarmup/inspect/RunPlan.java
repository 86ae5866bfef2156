package org.zowarmup.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.Normalization;
import org.zowarmup.device.Devices;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.executor.Workload;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Federation;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.record.ProbeRecorder;
import org.zowarmup.run.EstimatorDiagnostics;
import org.zowarmup.run.Experiment;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.LoadedData;
import org.zowarmup.setup.OwnParts;
import org.zowarmup.setup.Session;
import org.zowarmup.setup.ThreadBudget;

/**
 * The cost of a config, found without running it: of one seed of each of its methods. Times come
 * from a few probes, local steps and evaluations on the device that the run would use.
 *
 * @param probeBytes planned memory of a client's probe
 * @param trainBytes planned memory of a client's training step
 * @param deviceBytes what the simulation itself holds: images, weights of a cohort, all lanes
 * @param sub what HeteroFL asks of its clients, null where it is none of the methods
 * @param costs one a method, in their order
 * @param assumptions what bytes and operations take for granted; without any they are exact
 * @param timeOrigin how times were found, where they were not measured; else empty
 * @param seeds so many times all methods are trained
 */
public record RunPlan(
    String device,
    String deviceDescription,
    int threads,
    String model,
    long parameters,
    int highClients,
    int lowClients,
    long probeBytes,
    long trainBytes,
    long deviceBytes,
    Sub sub,
    List<Cost> costs,
    List<String> assumptions,
    String timeOrigin,
    int seeds) {
  /**
   * HeteroFL's sub-network.
   *
   * @param parameters of the sub-network
   * @param trainBytes planned memory of its training step
   */
  public record Sub(long parameters, long trainBytes) {
    private static Sub of(Workload workload) {
      Plan sub = workload.subTrain();
      return sub == null ? null : new Sub(sub.graph().layout().parameters(), sub.clientBytes());
    }
  }

  /**
   * One seed of a method.
   *
   * @param parts of which it consists, in the order of a run
   */
  public record Cost(String method, Traffic traffic, Work work, List<Part> parts) {
    public double flops() {
      return parts.stream().mapToDouble(Part::flops).sum();
    }

    public double seconds() {
      return parts.stream().mapToDouble(Part::seconds).sum();
    }
  }

  /**
   * What is done several times.
   *
   * @param kind {@code warmup} or {@code zo} for rounds, {@code evaluation}, {@code diagnostics}
   * @param times how often
   * @param flops floating-point operations of all of them; a backward pass counts as two forward
   *     passes
   * @param seconds of all of them
   */
  public record Part(String kind, int times, double flops, double seconds) {}

  /** Seconds of everything. */
  public double seconds() {
    return seeds * costs.stream().mapToDouble(Cost::seconds).sum();
  }

  /** Bytes of all rounds, by the names of the methods. */
  public Map<String, Traffic> traffic() {
    Map<String, Traffic> traffic = new LinkedHashMap<>();
    costs.forEach(cost -> traffic.put(cost.method(), cost.traffic()));
    return traffic;
  }

  /** Loads the data and opens the device, as a run would, and measures. */
  public static RunPlan of(RunConfig config) {
    return of(config, null);
  }

  /**
   * The same with times that are estimated.
   *
   * @param gpuOrNull name of a GPU that need not be there
   */
  public static RunPlan of(RunConfig config, String gpuOrNull) {
    GpuEstimate.Gpu gpu = gpuOrNull == null ? null : gpu(gpuOrNull);
    int threads = ThreadBudget.threads(config.threads());
    try (LoadedData loaded = LoadedData.sizes(config)) {
      DataSet data = loaded.data();
      Graph graph = ConfigResolver.graph(config, data);
      Federation federation =
          Experiment.federations(config, graph, data, ConfigResolver.partitioner(config)).get(0);
      Workload workload =
          Experiment.workload(
              config,
              OwnParts.NONE.methods(config),
              graph,
              List.of(federation),
              data.test().count());
      Devices.Choice choice = Experiment.open(config, threads);
      // by numbers that fit any images: times do not depend on them
      float[] ones = new float[data.channels()];
      Arrays.fill(ones, 1);
      Normalization any = new Normalization(new float[ones.length], ones);
      try (ProbeRecorder probes = new ProbeRecorder();
          Session session =
              new Session(choice.device(), workload, data, any, () -> false, probes)) {
        Pace pace =
            gpu == null
                ? new Calibration(config, federation, session)
                : new GpuEstimate(gpu, workload);
        return of(config, loaded, federation, workload, choice, threads, session, pace);
      }
    }
  }

  private static GpuEstimate.Gpu gpu(String name) {
    return List.of(GpuEstimate.Gpu.values()).stream()
        .filter(gpu -> gpu.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserErrorException(
                    "--gpu: expected one of %s, found %s"
                        .formatted(String.join(", ", GpuEstimate.names()), name)));
  }

  private static RunPlan of(
      RunConfig config,
      LoadedData loaded,
      Federation federation,
      Workload workload,
      Devices.Choice choice,
      int threads,
      Session session,
      Pace pace) {
    DataSet data = loaded.data();
    Graph graph = workload.probe().graph();
    FederatedContext context =
        FederatedContext.of(config, federation, session.executor(), session.train(), config.seed());
    List<Cost> costs = new ArrayList<>();
    Set<String> assumptions = new LinkedHashSet<>();
    loaded.assumption().ifPresent(assumptions::add);
    Integer most = config.evaluate().maxImages();
    int evaluated =
        IntStream.of(data.test().count(), federation.validation().length)
            .map(count -> most == null ? count : Math.min(most, count))
            .sum();
    for (String method : config.methods()) {
      List<Method.Phase> phases = Methods.phases(Methods.find(method), context, config);
      costs.add(cost(method, phases, config, context, evaluated, pace));
      for (Method.Phase phase : phases) {
        phase
            .algorithm()
            .assumption()
            .ifPresent(taken -> assumptions.add(Methods.label(method) + ": " + taken));
      }
    }
    if (config.evaluate().patience() != null) {
      assumptions.add(
          "no method ends before its last round, as evaluate.patience=%d may let it"
              .formatted(config.evaluate().patience()));
    }
    if (config.faults().refuses() && config.faults().maxScalar() > 0) {
      assumptions.add("faults.maxScalar refuses what corrupted clients send, and nothing else");
    }
    return new RunPlan(
        choice.device().name(),
        choice.device().description(),
        threads,
        graph.name(),
        graph.layout().parameters(),
        federation.of(Client.Type.HIGH).size(),
        federation.of(Client.Type.LOW).size(),
        workload.probe().clientBytes(),
        workload.train().clientBytes(),
        deviceBytes(config, data, workload, choice),
        Sub.of(workload),
        List.copyOf(costs),
        List.copyOf(assumptions),
        pace.origin(),
        config.repeats());
  }

  private static Cost cost(
      String method,
      List<Method.Phase> phases,
      RunConfig config,
      FederatedContext context,
      int evaluated,
      Pace pace) {
    int rounds = config.warmup().rounds() + config.zo().rounds();
    long forward = context.executor().graph().forwardFlops();
    Traffic traffic = Traffic.ZERO;
    Work work = Work.ZERO;
    List<Part> parts = new ArrayList<>();
    for (Round.Forecast phase : Round.Messages.forecast(phases, rounds)) {
      traffic = traffic.plus(phase.traffic());
      work = work.plus(phase.work());
      double training = phase.work().trainFlops();
      double probing = phase.work().probeFlops();
      if (phase.phase().equals("zo") && config.evaluate().diagnostics()) {
        double flops = EstimatorDiagnostics.forwards(config.zo(), context) * forward;
        parts.add(new Part("diagnostics", 1, flops, pace.secondsOfProbing(flops)));
      }
      parts.add(
          new Part(
              phase.phase(),
              phase.rounds(),
              training + probing,
              pace.secondsOfTraining(training) + pace.secondsOfProbing(probing)));
    }
    int evaluations = evaluations(config);
    double flops = (double) evaluations * evaluated * forward;
    parts.add(new Part("evaluation", evaluations, flops, pace.secondsOfEvaluation(flops)));
    return new Cost(method, traffic, work, List.copyOf(parts));
  }

  private static int evaluations(RunConfig config) {
    int rounds = config.warmup().rounds() + config.zo().rounds();
    Integer clients = config.evaluate().clientsEveryRounds();
    return (int)
        IntStream.rangeClosed(1, rounds)
            .filter(
                r ->
                    r % config.evaluate().everyRounds() == 0
                        || r == config.warmup().rounds()
                        || (clients != null && r % clients == 0)
                        || r == rounds)
            .count();
  }

  private static long deviceBytes(
      RunConfig config, DataSet data, Workload workload, Devices.Choice choice) {
    long pixels = (long) data.height() * data.width() * data.channels();
    long images = pixels * (data.train().count() + data.test().count());
    long vector = Float.BYTES * workload.probe().graph().layout().length();
    long lanes = choice.device().maxLanes();
    long perLane =
        workload.rounds().stream().mapToLong(Plan::clientBytes).sum()
            + Float.BYTES * workload.evaluate().arenaElements();
    return images + vector * (1 + config.warmup().cohort()) + lanes * perLane;
  }
}
