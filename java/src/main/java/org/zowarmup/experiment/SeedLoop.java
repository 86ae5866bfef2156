package org.zowarmup.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.ClientClass;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Federation;
import org.zowarmup.federated.Ledger;
import org.zowarmup.federated.Method;
import org.zowarmup.nn.Graph;

/**
 * The methods of a run under each of its seeds, one after the other. Under one seed all methods see
 * the same partition, pools and initial weights.
 *
 * @param federations one a seed
 */
record SeedLoop(
    RunConfig config,
    List<Method> methods,
    List<Federation> federations,
    Session session,
    RunFolder folder,
    RunListener listener,
    BooleanSupplier stopRequested) {

  /** Runs everything, or as much as there is time for, and writes the summary. */
  RunResult run() {
    List<MethodResult> results = new ArrayList<>();
    boolean interrupted;
    try {
      interrupted = runAll(results);
    } catch (RuntimeException e) {
      // for example a method that diverged: what ended before is kept
      SummaryFile.write(folder.summary(), result(results, false), String.valueOf(e.getMessage()));
      throw e;
    }
    RunResult result = result(results, interrupted);
    SummaryFile.write(folder.summary(), result, null);
    listener.finished(result);
    return result;
  }

  /** Returns whether a stop cut it short. */
  private boolean runAll(List<MethodResult> results) {
    for (int r = 0; r < federations.size(); r++) {
      for (Method method : methods) {
        if (stopRequested.getAsBoolean()) {
          return true;
        }
        MethodResult result = runOne(method, config.seed() + r, federations.get(r));
        results.add(result);
        if (!result.complete()) {
          return true;
        }
      }
    }
    return false;
  }

  private MethodResult runOne(Method method, long seed, Federation federation) {
    Graph graph = session.executor().graph();
    Ledger ledger = new Ledger(graph.layout().parameters());
    FederatedContext context =
        new FederatedContext(federation, session.executor(), session.train(), ledger, seed);
    int[] allTest = IntStream.range(0, session.test().count()).toArray();
    Integer most = config.evaluate().maxImages();
    MethodRun.HeldOut heldOut =
        new MethodRun.HeldOut(
            session.test(),
            EvaluationSubset.draw(allTest, most, seed, EvaluationSubset.TEST),
            EvaluationSubset.draw(
                federation.validation(), most, seed, EvaluationSubset.VALIDATION));
    try (Vector weights = session.executor().allocate()) {
      weights.write(StartWeights.of(config, graph, seed));
      MethodRun run =
          new MethodRun(config, method, context, heldOut, folder, listener, stopRequested);
      MethodResult result = run.run(weights);
      Predictions.write(folder, method.name(), seed, session, heldOut.testSamples(), weights);
      Safetensors.write(
          folder.weights(method.name(), seed),
          WeightExport.tensors(graph.layout(), weights.read()),
          Map.of(
              "model", graph.name(),
              "layout", graph.layout().hash(),
              "round", Integer.toString(result.roundsDone())));
      return result;
    }
  }

  private RunResult result(List<MethodResult> results, boolean interrupted) {
    Federation any = federations.get(0);
    return new RunResult(
        folder.path(),
        results,
        interrupted,
        any.of(ClientClass.HIGH).size(),
        any.of(ClientClass.LOW).size());
  }
}
