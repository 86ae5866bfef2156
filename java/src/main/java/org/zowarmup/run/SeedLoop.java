package org.zowarmup.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Federation;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.Graph;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.MetricsHistory;
import org.zowarmup.record.PrivacyFile;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;
import org.zowarmup.record.Summary;
import org.zowarmup.record.checkpoint.FinalWeights;
import org.zowarmup.record.file.StorageException;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Weights;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.Session;

/**
 * The methods of a run under each of its seeds, one after the other. Under one seed all methods see
 * the same partition, pools and initial weights.
 *
 * @param contexts one a seed
 * @param inputs checksums of the files that the config names, as they are now
 * @param history what an earlier process has left, null in a run that starts here
 */
record SeedLoop(
    RunConfig config,
    List<Method> methods,
    List<FederatedContext> contexts,
    Session session,
    RunFolder folder,
    RunIdentity identity,
    Supplier<Map<String, String>> inputs,
    MetricsHistory history,
    RunListener listener,
    Warnings warnings,
    BooleanSupplier stopRequested) {
  private static final Logger LOG = LoggerFactory.getLogger(SeedLoop.class);

  /** Runs everything, or as much as there is time for, and writes the summary. */
  RunResult run() {
    List<MethodResult> results = new ArrayList<>();
    Set<Path> written = new LinkedHashSet<>();
    boolean interrupted;
    try {
      interrupted = runAll(results, written);
    } catch (RuntimeException e) {
      // for example a method that diverged: what ended before is kept
      addUntouched(results);
      try {
        Summary.write(
            folder.summary(),
            result(results, false),
            String.valueOf(e.getMessage()),
            warnings.said());
      } catch (StorageException unwritten) {
        e.addSuppressed(unwritten);
      }
      throw e;
    }
    requireFiles(written);
    if (interrupted) {
      addUntouched(results);
    }
    RunResult result = result(results, interrupted);
    Summary.write(folder.summary(), result, null, warnings.said());
    listener.finished(result);
    return result;
  }

  /** Returns whether a stop cut it short. */
  private boolean runAll(List<MethodResult> results, Set<Path> written) {
    Set<List<Object>> earlier = new HashSet<>();
    for (FederatedContext context : contexts) {
      long seed = context.runSeed();
      for (Method method : methods) {
        MethodRun.Past past = past(method, seed, earlier);
        earlier.add(List.of(method.name(), seed));
        Optional<MethodResult> known = known(method, context, past);
        if (known.isPresent()) {
          results.add(known.get());
          continue;
        }
        if (stopRequested.getAsBoolean()) {
          return true;
        }
        MethodResult result = runOne(method, context, past);
        results.add(result);
        for (Path file :
            List.of(
                folder.weights(method.name(), seed),
                folder.confusion(method.name(), seed),
                folder.seedLog(method.name(), seed))) {
          if (Files.exists(file)) {
            written.add(file);
          }
        }
        if (!result.complete()) {
          return true;
        }
      }
    }
    return false;
  }

  /** Results of an earlier process of methods that this one has not come to. */
  private void addUntouched(List<MethodResult> results) {
    int planned = config.warmup().rounds() + config.zo().rounds();
    for (FederatedContext context : history == null ? List.<FederatedContext>of() : contexts) {
      long seed = context.runSeed();
      for (Method method : methods) {
        List<RoundMetrics> own = history.of(method.name(), seed);
        boolean there =
            results.stream()
                .anyMatch(one -> one.method().equals(method.name()) && one.seed() == seed);
        if (!own.isEmpty() && !there) {
          boolean early = EarlyStop.after(own, config).isOver();
          results.add(MethodResult.of(own, config.warmup().rounds(), planned, early));
        }
      }
    }
  }

  /**
   * Reads the rounds again, since earlier methods may have done more of them in this process.
   *
   * @param earlier methods and seeds that come before this one
   */
  private MethodRun.Past past(Method method, long seed, Set<List<Object>> earlier) {
    if (history == null) {
      return null;
    }
    List<RoundMetrics> before = new ArrayList<>();
    List<RoundMetrics> after = new ArrayList<>();
    for (RoundMetrics row : MetricsHistory.read(folder).rows()) {
      if (earlier.contains(List.<Object>of(row.method(), row.seed()))) {
        before.add(row);
      } else if (!row.method().equals(method.name()) || row.seed() != seed) {
        after.add(row);
      }
    }
    return new MethodRun.Past(before, history.of(method.name(), seed), after);
  }

  /** The result of a method that an earlier process has run to its end. */
  private Optional<MethodResult> known(
      Method method, FederatedContext context, MethodRun.Past past) {
    int planned = config.warmup().rounds() + config.zo().rounds();
    int done = past == null ? 0 : past.own().size();
    EarlyStop early = EarlyStop.after(past == null ? List.of() : past.own(), config);
    if (done == 0
        || (done != planned && !early.isOver())
        || past.own().get(done - 1).testAccuracy() == null) {
      return Optional.empty();
    }
    Optional<float[]> weights = finalWeights(method.name(), context.runSeed(), done);
    if (weights.isEmpty()) {
      return Optional.empty();
    }
    int[] samples = heldOut(context).testSamples();
    double accuracy = past.own().get(done - 1).testAccuracy();
    if (!Predictions.fit(folder, method.name(), context.runSeed(), samples.length, accuracy)) {
      try (Vector vector = session.executor().allocate()) {
        vector.write(weights.get());
        Predictions.write(folder, method.name(), context.runSeed(), session, samples, vector);
      }
    }
    MethodResult result =
        MethodResult.of(past.own(), config.warmup().rounds(), planned, early.isOver());
    sayWhetherEarly(result, early, "; evaluate.patience=null runs the others");
    return Optional.of(result);
  }

  private static void sayWhetherEarly(MethodResult result, EarlyStop early, String advice) {
    if (result.endedEarly()) {
      LOG.info(
          "{} seed {} ended after round {} of {}: {}{}",
          Methods.label(result.method()),
          result.seed(),
          result.roundsDone(),
          result.roundsPlanned(),
          early,
          advice);
    }
  }

  /** Stored weights of the last round, empty where they have to be written again. */
  private Optional<float[]> finalWeights(String method, long seed, int rounds) {
    Path file = folder.weights(method, seed);
    if (!Files.exists(file)) {
      return Optional.empty(); // as a kill leaves it between the last round and this file
    }
    try {
      Graph graph = session.executor().graph();
      float[] weights = FinalWeights.read(folder, method, seed, graph.layout());
      Map<String, String> expected =
          Weights.metadata(graph, rounds, identity.values().get(RunIdentity.NORMALIZE));
      Map<String, String> found = new TreeMap<>(Safetensors.read(file).metadata());
      found.putIfAbsent("round", "none"); // all else older versions may not say
      for (Map.Entry<String, String> one : found.entrySet()) {
        String key = one.getKey();
        if (!one.getValue().equals(expected.get(key))) {
          throw new BadDataException(
              file, "", key + " " + expected.getOrDefault(key, "not named"), one.getValue());
        }
      }
      return Optional.of(weights);
    } catch (UserErrorException e) {
      LOG.warn("{}; it is written again", e.getMessage());
      return Optional.empty();
    }
  }

  private MethodRun.HeldOut heldOut(FederatedContext context) {
    int[] allTest = IntStream.range(0, session.test().count()).toArray();
    Integer most = config.evaluate().maxImages();
    long seed = context.runSeed();
    int[] testSamples = EvaluationSubset.draw(allTest, most, seed, EvaluationSubset.TEST);
    return new MethodRun.HeldOut(
        session.test(),
        testSamples,
        EvaluationSubset.draw(
            context.federation().validation(), most, seed, EvaluationSubset.VALIDATION),
        IntStream.of(testSamples).map(i -> session.testLabels()[i]).toArray());
  }

  private MethodResult runOne(Method method, FederatedContext context, MethodRun.Past past) {
    Graph graph = session.executor().graph();
    long seed = context.runSeed();
    MethodRun.HeldOut heldOut = heldOut(context);
    if (seed == config.seed()) {
      PrivacyFile.write(folder, config, method, context);
    }
    try (Vector weights = session.executor().allocate()) {
      identity.withInputs(inputs.get()).requireBinding(identity, "files that the config names");
      weights.write(ConfigResolver.startWeights(config, graph, seed));
      ClientEvaluation clients = new ClientEvaluation(config, context, session.trainLabels());
      MethodRun run =
          new MethodRun(config, method, context, heldOut, clients, listener, stopRequested);
      MethodResult result = run.run(weights, folder, identity, past);
      // the weights first: all else can be made of them again
      Safetensors.write(
          folder.weights(method.name(), seed),
          Weights.tensors(graph.layout(), weights.read()),
          Weights.metadata(
              graph, result.roundsDone(), identity.values().get(RunIdentity.NORMALIZE)));
      Predictions.write(folder, method.name(), seed, session, heldOut.testSamples(), weights);
      sayWhetherEarly(result, run.early(), "");
      listener.methodFinished(result);
      return result;
    }
  }

  /** Files that this process has written may have been removed since. */
  private void requireFiles(Set<Path> written) {
    for (Path file : written) {
      if (!Files.exists(file)) {
        throw new UserErrorException(
            "run folder %s: expected %s, which this run had written, found it removed; put it back, or let zowarmup resume %s write weights and matrices again"
                .formatted(folder.path(), file.getFileName(), folder.path()));
      }
    }
  }

  private RunResult result(List<MethodResult> results, boolean interrupted) {
    Federation any = contexts.get(0).federation();
    return new RunResult(
        folder.path(),
        results,
        interrupted,
        any.of(Client.Type.HIGH).size(),
        any.of(Client.Type.LOW).size());
  }
}
