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
import org.zowarmup.device.Estimate;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.Answers;
import org.zowarmup.executor.Executor;
import org.zowarmup.executor.Training;
import org.zowarmup.executor.Workload;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Federation;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Distribution;
import org.zowarmup.record.ProbeRecorder;
import org.zowarmup.run.Experiment;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.LoadedData;
import org.zowarmup.setup.Parts;
import org.zowarmup.setup.Session;
import org.zowarmup.setup.ThreadBudget;

/**
 * The cost of a config, found without running it. Counts of one seed of ZOWarmUp; times from a few
 * probes, local steps and evaluations on the device that the run would use.
 *
 * @param probeBytes planned memory of a client's probe
 * @param trainBytes planned memory of a client's training step
 * @param deviceBytes what the simulation itself holds: images, weights of a cohort, all lanes
 * @param warmupFlops floating-point operations of all warm-up rounds; a backward pass counts twice
 *     a forward pass
 * @param zoFlops of all zeroth-order rounds
 * @param evaluateFlops of all evaluations
 * @param traffic bytes of all rounds, by the names of the methods
 * @param assumptions what these bytes take for granted; without any they are exact
 * @param sub what HeteroFL asks of its clients, null where it is none of the methods
 * @param methods so many methods times {@code seeds} are to be trained
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
    double warmupFlops,
    double zoFlops,
    double evaluateFlops,
    Map<String, Traffic> traffic,
    List<String> assumptions,
    Sub sub,
    double warmupRoundSeconds,
    double zoRoundSeconds,
    double evaluateSeconds,
    int warmupRounds,
    int zoRounds,
    int evaluations,
    int methods,
    int seeds) {
  private static final double CALIBRATION_SECONDS = 2;
  private static final int BACKWARD_AND_FORWARD = 3;

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

  /** Seconds of one seed of ZOWarmUp. */
  public double secondsOfOne() {
    return warmupRounds * warmupRoundSeconds
        + zoRounds * zoRoundSeconds
        + evaluations * evaluateSeconds;
  }

  /**
   * Seconds of everything, at worst: a method that trains by back-propagation throughout is taken
   * to cost a warm-up round in every round where that is more.
   */
  public double secondsOfAll() {
    double other =
        (warmupRounds + zoRounds) * Math.max(warmupRoundSeconds, zoRoundSeconds)
            + evaluations * evaluateSeconds;
    return seeds * (secondsOfOne() + (methods - 1) * other);
  }

  /** Loads the data and opens the device, as a run would, and measures. */
  public static RunPlan of(RunConfig config) {
    int threads = ThreadBudget.threads(config.threads());
    try (LoadedData loaded = LoadedData.open(config)) {
      DataSet data = loaded.data();
      Graph graph = ConfigResolver.graph(config, data);
      Federation federation =
          Experiment.federations(config, graph, data, ConfigResolver.partitioner(config)).get(0);
      Workload workload =
          Experiment.workload(
              config, Parts.NONE.methods(config), graph, List.of(federation), data.test().count());
      Devices.Choice choice = Experiment.open(config, threads);
      try (ProbeRecorder probes = new ProbeRecorder();
          Session session =
              new Session(
                  choice.device(),
                  workload,
                  data,
                  Normalization.of(data.train()),
                  () -> false,
                  probes)) {
        return measure(config, data, federation, workload, choice, threads, session);
      }
    }
  }

  private static RunPlan measure(
      RunConfig config,
      DataSet data,
      Federation federation,
      Workload workload,
      Devices.Choice choice,
      int threads,
      Session session) {
    Graph graph = workload.probe().graph();
    Calibration calibration = new Calibration(config, federation, session);
    double perImage = graph.forwardFlops();
    int evaluated = data.test().count() + federation.validation().length;
    int evaluations = evaluations(config);
    List<Client> high = federation.of(Client.Type.HIGH);
    double meanImages = high.stream().mapToInt(c -> c.train().length).average().orElseThrow();
    double stepsImages = config.warmup().cohort() * config.warmup().localEpochs() * meanImages;
    Estimate estimate = config.zo().estimate();
    double clientSteps = (double) config.zo().cohort() * config.zo().localSteps();
    double forwardsPerRound = clientSteps * estimate.forwardsOfStep(config.zo().seeds());
    double probesPerRound = clientSteps * estimate.probesOfStep(config.zo().seeds());
    double probeImages = calibration.imagesOfProbe();
    FederatedContext context =
        FederatedContext.of(config, federation, session.executor(), session.train(), config.seed());
    Map<String, Traffic> traffic = new LinkedHashMap<>();
    Set<String> assumptions = new LinkedHashSet<>();
    for (String method : config.methods()) {
      List<Method.Phase> phases =
          Methods.find(method).phases(context, config.warmup(), config.zo());
      traffic.put(
          method, Round.Messages.forecast(phases, config.warmup().rounds() + config.zo().rounds()));
      for (Method.Phase phase : phases) {
        phase
            .algorithm()
            .assumption()
            .ifPresent(taken -> assumptions.add(Methods.label(method) + ": " + taken));
      }
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
        high.size(),
        federation.of(Client.Type.LOW).size(),
        workload.probe().clientBytes(),
        workload.train().clientBytes(),
        deviceBytes(config, data, workload, choice),
        config.warmup().rounds() * stepsImages * BACKWARD_AND_FORWARD * perImage,
        config.zo().rounds() * forwardsPerRound * probeImages * perImage,
        (double) evaluations * evaluated * perImage,
        traffic,
        List.copyOf(assumptions),
        Sub.of(workload),
        config.warmup().rounds() == 0 ? 0 : calibration.secondsOfStepImage() * stepsImages,
        config.zo().rounds() == 0 ? 0 : calibration.secondsOfProbe() * probesPerRound,
        calibration.secondsOfEvaluated() * evaluated,
        config.warmup().rounds(),
        config.zo().rounds(),
        evaluations,
        config.methods().size(),
        config.repeats());
  }

  private static int evaluations(RunConfig config) {
    int rounds = config.warmup().rounds() + config.zo().rounds();
    return (int)
        IntStream.rangeClosed(1, rounds)
            .filter(
                r ->
                    r % config.evaluate().everyRounds() == 0
                        || r == config.warmup().rounds()
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

  /** Short measurements on all lanes, each repeated until the clock can be trusted. */
  private static final class Calibration {
    private final RunConfig config;
    private final Session session;
    private final Executor executor;
    private final int[] samples;

    Calibration(RunConfig config, Federation federation, Session session) {
      this.config = config;
      this.session = session;
      this.executor = session.executor();
      this.samples =
          federation.clients().stream()
              .map(Client::train)
              .max((a, b) -> Integer.compare(a.length, b.length))
              .orElseThrow();
    }

    int imagesOfProbe() {
      return config.zo().batch() == 0
          ? samples.length
          : Math.min(config.zo().batch(), samples.length);
    }

    double secondsOfProbe() {
      Estimate estimate = config.zo().estimate();
      int jobs = Math.min(64, config.zo().cohort() * estimate.probesOfStep(config.zo().seeds()));
      int[] batch = Arrays.copyOf(samples, imagesOfProbe());
      List<ProbeJob> probes = new ArrayList<>();
      for (int i = 0; i < jobs; i++) {
        ProbeJob probe = new ProbeJob(SeedTerms.NONE, i, (float) config.zo().epsilon(), batch);
        probes.add(estimate == Estimate.TWO_SIDED ? probe : probe.onOneSide());
      }
      Distribution distribution = config.zo().distribution();
      try (Vector weights = executor.allocate()) {
        return time(() -> executor.probe(weights, distribution, session.train(), probes), jobs);
      }
    }

    double secondsOfStepImage() {
      int jobs = config.warmup().cohort();
      int[] batch = Arrays.copyOf(samples, Math.min(config.warmup().batch(), samples.length));
      TrainJob job =
          new TrainJob(
              List.of(batch), new TrainJob.Sgd(1e-6f, (float) config.warmup().momentum(), 0));
      List<Training> all = java.util.Collections.nCopies(jobs, new Training(job, false));
      try (Vector weights = executor.allocate()) {
        return time(
            () -> executor.train(weights, null, session.train(), all, new Unused()),
            jobs * batch.length);
      }
    }

    /** Only the time that they take is asked for. */
    private record Unused() implements Answers {
      @Override
      public Answer answer(int job, float[] trained) {
        return new Answer(trained, 0);
      }

      @Override
      public void receive(int job, double note, int from, float[] values) {
        // not summed
      }
    }

    double secondsOfEvaluated() {
      int[] some = IntStream.range(0, Math.min(1024, session.test().count())).toArray();
      try (Vector weights = executor.allocate()) {
        return time(() -> executor.evaluate(weights, session.test(), some), some.length);
      }
    }

    /** Seconds of one of {@code units} that a call does; the first call only warms up. */
    private static double time(Runnable call, double units) {
      call.run();
      long start = System.nanoTime();
      int calls = 0;
      double seconds;
      do {
        call.run();
        calls++;
        seconds = (System.nanoTime() - start) * 1e-9;
      } while (seconds < CALIBRATION_SECONDS / 2);
      return seconds / calls / units;
    }
  }
}
