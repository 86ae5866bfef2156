package org.zowarmup.run;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.ResolvedConfig;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.Normalization;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Precision;
import org.zowarmup.error.ConfigException;
import org.zowarmup.executor.Workload;
import org.zowarmup.executor.ranks.Ranks;
import org.zowarmup.executor.ranks.ThreadRanks;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Federation;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.algorithm.ZoSgd;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.plugin.Own;
import org.zowarmup.plugin.Plugins;
import org.zowarmup.record.Checksums;
import org.zowarmup.record.FaultLog;
import org.zowarmup.record.Json;
import org.zowarmup.record.MetricsWriter;
import org.zowarmup.record.OwnMetrics;
import org.zowarmup.record.ProbeRecorder;
import org.zowarmup.record.Provenance;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;
import org.zowarmup.record.clients.ClientClasses;
import org.zowarmup.record.lock.RunLock;
import org.zowarmup.record.weights.Weights;
import org.zowarmup.setup.ClientMemory;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.FederationBuilder;
import org.zowarmup.setup.LoadedData;
import org.zowarmup.setup.OwnParts;
import org.zowarmup.setup.Placement;
import org.zowarmup.setup.Session;

/**
 * A whole run, from a config to a run folder. Everything that can be wrong with a config is found
 * before the folder is made.
 */
public final class Experiment implements Trainer {
  private static final Logger LOG = LoggerFactory.getLogger(Experiment.class);

  private final OwnParts parts;

  /** Of what the config names. */
  public Experiment() {
    this(OwnParts.NONE);
  }

  /** Of objects that a program gives, and for the rest of what the config names. */
  public Experiment(OwnParts parts) {
    this.parts = parts;
  }

  @Override
  public RunResult run(
      RunConfig config,
      Existing existingOrNull,
      List<String> commandLine,
      RunListener listener,
      BooleanSupplier stopRequested) {
    Ranks process = ProcessRanks.get();
    List<String> devices = Placement.devices(config.device(), process);
    if (devices.size() == 1) {
      return onRank(
          process, devices.get(0), config, existingOrNull, commandLine, listener, stopRequested);
    }
    return onThreads(devices, config, existingOrNull, commandLine, listener, stopRequested);
  }

  /** The run on ranks that are threads of this process, one a device. */
  RunResult onThreads(
      List<String> devices,
      RunConfig config,
      Existing existingOrNull,
      List<String> commandLine,
      RunListener listener,
      BooleanSupplier stopRequested) {
    return ThreadRanks.run(
            devices.size(),
            ranks ->
                onRank(
                    ranks,
                    devices.get(ranks.rank()),
                    config,
                    existingOrNull,
                    commandLine,
                    ranks.isFirst() ? listener : new RunListener() {},
                    stopRequested))
        .get(0);
  }

  /** The run as one rank of it sees it: all do the same, and the first writes and speaks. */
  private RunResult onRank(
      Ranks ranks,
      String device,
      RunConfig config,
      Existing runOrNull,
      List<String> commandLine,
      RunListener listener,
      BooleanSupplier stopRequested) {
    ranks.listenTo(stopRequested);
    SameRun.require(ranks, config);
    Existing blank =
        runOrNull != null || !ranks.isFirst()
            ? runOrNull
            : RunFolder.requireFree(config.output()).map(Existing::new).orElse(null);
    try (RankFolder place = RankFolder.of(ranks, blank)) {
      return run(
          ranks, device, config, place.existingOrNull(), commandLine, listener, stopRequested);
    }
  }

  private RunResult run(
      Ranks ranks,
      String device,
      RunConfig config,
      Existing existingOrNull,
      List<String> commandLine,
      RunListener listener,
      BooleanSupplier ownStop) {
    if (existingOrNull == null) {
      return locked(ranks, device, config, null, commandLine, listener, ownStop);
    }
    // before anything of the folder is read, which another process might be about to change
    try (RunLock lock = RunLock.take(RunFolder.existing(existingOrNull.folder()))) {
      return locked(ranks, device, config, existingOrNull, commandLine, listener, ownStop);
    }
  }

  private RunResult locked(
      Ranks ranks,
      String device,
      RunConfig config,
      Existing existingOrNull,
      List<String> commandLine,
      RunListener listener,
      BooleanSupplier ownStop) {
    BooleanSupplier stopRequested = ranks.size() == 1 ? ownStop : ranks::stopAgreed;
    Instant started = Instant.now();
    List<Method> methods = parts.methods(config);
    ResolvedConfig resolved = ConfigResolver.resolve(config, parts);
    RunContinuation past = RunContinuation.of(existingOrNull, resolved.run());
    int threads = Placement.threads(config.threads(), ranks);
    try (LoadedData loaded = open(ranks, config)) {
      DataSet data = loaded.data();
      Graph graph = ConfigResolver.graph(config, data, parts);
      List<Federation> federations = federations(config, graph, data, parts.partitioner(config));
      Workload workload =
          workload(config, methods, graph, federations, data.test().count()).of(ranks.size());
      Path init = ConfigLoader.pathOrNull("model.init", config.model().initOrNull());
      Normalization normalization = loaded.normalization(config.data(), init, false).by();
      Devices.Choice choice = open(config, device, threads);
      try (ProbeRecorder probes = new ProbeRecorder();
          Session session =
              new Session(choice.device(), workload, data, normalization, ownStop, probes, ranks)) {
        List<FederatedContext> contexts = new ArrayList<>();
        for (int r = 0; r < federations.size(); r++) {
          contexts.add(
              FederatedContext.of(
                  config,
                  federations.get(r),
                  session.executor(),
                  session.train(),
                  config.seed() + r));
        }
        RunIdentity bound =
            past.identity(
                RunIdentity.of(
                    resolved.run(),
                    data,
                    normalization,
                    choice.device(),
                    workload,
                    threads,
                    ConfigResolver.inputs(config, parts),
                    parts.identity(config, contexts.get(0))));
        SameRun.require(ranks, bound);
        Map<String, String> choices =
            SameRun.choices(ranks, past.choices(bound), choice.device(), session.executor());
        RunIdentity identity = bound.withChoices(choices);
        if (init != null) {
          Weights.read(init, graph.layout()); // refused before a folder is made
        }
        RunFolder folder =
            existingOrNull == null
                ? RunFolder.create(config.name(), config.output(), started)
                : new RunFolder(existingOrNull.folder());
        List<RunListener> theirs = new ArrayList<>(List.of(listener));
        for (RunListener own : Plugins.load(RunListener.class)) {
          theirs.add(Own.named(RunListener.class, "listener", own));
        }
        try (RunLock lock = existingOrNull == null ? RunLock.take(folder) : null;
            OwnMetrics own = new OwnMetrics(folder, parts.allMetrics(), new ListenerGroup(theirs));
            MetricsWriter metrics = past.open(folder, identity, resolved, contexts, parts);
            FaultLog faults = new FaultLog(folder)) {
          Map<String, String> libraries = libraries(choice, graph);
          libraries.putAll(choices);
          Provenance.write(folder.nextProvenance(), libraries, commandLine, started);
          RunGuard guard =
              new RunGuard(
                  folder,
                  System::nanoTime,
                  System::currentTimeMillis,
                  LOG::warn,
                  () -> RunContinuation.write(folder, identity, resolved));
          // a round that the metrics know is known to the files beside them, whenever a kill comes
          Warnings warnings = new Warnings(config, data.test(), LOG::warn);
          List<RunListener> listeners =
              new ArrayList<>(
                  List.of(guard, warnings, faults, probes, own, metrics, listener, loaded));
          listeners.addAll(theirs.subList(1, theirs.size()));
          probes.open(folder.probes());
          RunDescription description =
              describe(config, data, workload, choice, threads, federations.get(0), folder)
                  .on(SameRun.table(ranks, choice.device(), threads));
          Json.write(folder.description(), description);
          ClientClasses.write(
              folder.partition(), federations.get(0), data.train().labels(), data.classes());
          Checksums.Recorder checksums =
              new Checksums.Recorder(
                  folder, identity, past.checksums(folder), past.history() == null);
          listeners.add(0, checksums); // before those whose files it lets go of
          RunListener everyone = new ListenerGroup(listeners);
          everyone.started(description);
          SeedLoop loop =
              new SeedLoop(
                  config,
                  methods,
                  contexts,
                  session,
                  folder,
                  identity,
                  () -> ConfigResolver.inputs(config, parts),
                  past.history(),
                  everyone,
                  warnings,
                  stopRequested);
          RunResult result = loop.run();
          checksums.complete();
          return result;
        }
      }
    }
  }

  /**
   * Loads the data, on the first rank of a machine first: it may write the converted copy. One
   * process has the images once.
   */
  private LoadedData open(Ranks ranks, RunConfig config) {
    if (ranks.size() == 1 || ranks.inOneProcess()) {
      return ranks.once(() -> parts.open(config), loaded -> LoadedData.borrowed(loaded.data()));
    }
    LoadedData first = ranks.localRank() == 0 ? parts.open(config) : null;
    ranks.texts(""); // the others wait
    return first == null ? parts.open(config) : first;
  }

  /** Starts the config's device. */
  public static Devices.Choice open(RunConfig config, int threads) {
    return open(config, config.device(), threads);
  }

  /** Starts the device, and refuses a precision that it does not run before anything is written. */
  private static Devices.Choice open(RunConfig config, String name, int threads) {
    Devices.Choice choice = Devices.open(name, threads);
    try {
      requireSupported(choice.device(), "warmup.precision", config.warmup().precision());
      requireSupported(choice.device(), "zo.precision", config.zo().precision());
      requireSupported(choice.device(), "evaluate.precision", config.evaluate().precision());
      return choice;
    } catch (ConfigException e) {
      choice.device().close();
      throw e;
    }
  }

  private static void requireSupported(Device device, String key, Precision precision) {
    if (!device.supports(precision)) {
      throw new ConfigException(
          key,
          "expected fp32, all that device %s computes in here; found %s"
              .formatted(device.name(), precision));
    }
  }

  static List<Long> seeds(RunConfig config) {
    return LongStream.range(0, config.repeats()).map(r -> config.seed() + r).boxed().toList();
  }

  public static List<Federation> federations(
      RunConfig config, Graph graph, DataSet data, Partitioner partitioner) {
    return seeds(config).stream()
        .map(
            seed ->
                FederationBuilder.build(
                    data.train(), partitioner, config, () -> ClientMemory.of(config, graph), seed))
        .toList();
  }

  /**
   * Plans as small as the data allows: a batch beyond the largest local set, or for an evaluation
   * beyond the larger of the sets that are held out, would only be masked.
   */
  public static Workload workload(
      RunConfig config,
      List<Method> methods,
      Graph graph,
      List<Federation> federations,
      int testImages) {
    int largest =
        federations.stream()
            .flatMap(f -> f.clients().stream())
            .mapToInt(c -> c.train().length)
            .max()
            .orElseThrow();
    Graph sub = ConfigResolver.subNetworkOrNull(config, methods, graph);
    int batch = Math.min(config.warmup().batch(), largest);
    int probeBatch = Math.min(ClientMemory.probeBatch(config), largest);
    int heldOut =
        federations.stream().mapToInt(f -> f.validation().length).reduce(testImages, Math::max);
    return new Workload(
        Plan.forward(graph, probeBatch),
        config.zo().precision(),
        config.zo().cohort() * config.zo().estimate().probesOfStep(config.zo().seeds()),
        config.zo().cohort() * probeBatch,
        Plan.forwardBackward(graph, batch),
        config.warmup().precision(),
        config.warmup().cohort(),
        Plan.forward(graph, Math.min(config.evaluate().batch(), heldOut)),
        config.evaluate().precision(),
        sub == null ? null : Plan.forwardBackward(sub, batch));
  }

  private static Map<String, String> libraries(Devices.Choice choice, Graph graph) {
    Map<String, String> libraries = new LinkedHashMap<>(choice.device().libraries());
    libraries.put("parameter layout", graph.layout().hash());
    return libraries;
  }

  private static IntStream trainImages(Federation federation) {
    return federation.clients().stream().mapToInt(client -> client.train().length);
  }

  private static RunDescription describe(
      RunConfig config,
      DataSet data,
      Workload workload,
      Devices.Choice choice,
      int threads,
      Federation federation,
      RunFolder folder) {
    Graph graph = workload.probe().graph();
    long parameters = graph.layout().parameters();
    return new RunDescription(
        config.name(),
        new RunDescription.Machine(
            choice.device().name(), choice.device().description(), choice.reason(), threads),
        new RunDescription.Network(graph.name(), parameters, graph.input().toString()),
        new RunDescription.Clients(
            config.clients().count(),
            federation.of(Client.Type.HIGH).size(),
            federation.of(Client.Type.LOW).size(),
            trainImages(federation).min().orElseThrow(),
            trainImages(federation).max().orElseThrow()),
        new RunDescription.Data(
            data.source(),
            data.train().count(),
            data.test().count(),
            data.classes(),
            data.train().classNames()),
        config.methods(),
        seeds(config),
        new RunDescription.Schedule(
            config.warmup().rounds(),
            config.zo().rounds(),
            ZoSgd.learningRate(config.zo(), parameters)),
        new RunDescription.Memory(
            workload.probe().clientBytes(),
            workload.train().clientBytes(),
            workload.subTrain() == null ? 0 : workload.subTrain().clientBytes()),
        folder.path());
  }
}
