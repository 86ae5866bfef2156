package org.zowarmup.run;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.executor.Executor;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.Faults;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.Graph;
import org.zowarmup.plugin.Own;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.Resumption;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RoundMetrics.Scores;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunListener.EvaluationInfo;
import org.zowarmup.record.RunListener.PhaseInfo;
import org.zowarmup.record.checkpoint.Checkpoint.Position;
import org.zowarmup.record.clients.ClientScores;
import org.zowarmup.record.file.StorageException;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Weights;

/**
 * Runs one method under one seed, from the first round to the last: the round loop, evaluations and
 * what listeners receive.
 */
final class MethodRun {
  private final RunConfig config;
  private final Method method;
  private final FederatedContext context;
  private final HeldOut heldOut;
  private final ClientEvaluation clients;
  private final RunListener listener;
  private final BooleanSupplier stopRequested;
  private final List<Method.Phase> phases;
  private final EarlyStop early;
  private final int roundsPlanned;

  private Position at;
  private Books books;
  private Totals totals = Totals.ZERO;
  private RoundMetrics unmeasuredOrNull;
  private boolean stopped;
  private RunFolder folder;
  private RunIdentity identity;

  /** All rounds so far. */
  private record Totals(
      double seconds, Traffic traffic, Work work, Scores last, Double pivotAccuracy) {
    static final Totals ZERO = new Totals(0, Traffic.ZERO, Work.ZERO, Scores.NONE, null);

    Totals plus(RoundMetrics row, boolean pivot) {
      Totals sum =
          new Totals(
              seconds + row.seconds(),
              traffic.plus(row.traffic()),
              work.plus(row.work()),
              last,
              pivotAccuracy);
      return row.testAccuracy() == null ? sum : sum.measured(row.scores(), pivot);
    }

    Totals measured(Scores now, boolean pivot) {
      return new Totals(seconds, traffic, work, now, pivot ? now.testAccuracy() : pivotAccuracy);
    }
  }

  /**
   * Rounds that earlier processes have done.
   *
   * @param earlier of the methods and seeds before this one
   * @param own of this one, from the first, as far as none is missing
   * @param later of the methods and seeds after this one, which have rounds where a run that had
   *     ended is made longer; whatever becomes of this method, they stay
   */
  record Past(List<RoundMetrics> earlier, List<RoundMetrics> own, List<RoundMetrics> later) {}

  /**
   * Images that accuracies are measured on.
   *
   * @param testSamples test images, all of them unless the config asks for fewer
   * @param validationSamples indices into the training images, may be empty
   * @param testLabels true classes of {@code testSamples}
   */
  record HeldOut(
      ResidentImages test, int[] testSamples, int[] validationSamples, int[] testLabels) {}

  MethodRun(
      RunConfig config,
      Method method,
      FederatedContext context,
      HeldOut heldOut,
      ClientEvaluation clients,
      RunListener listener,
      BooleanSupplier stopRequested) {
    this.config = config;
    this.method = method;
    this.context = context;
    this.heldOut = heldOut;
    this.clients = clients;
    this.listener = listener;
    this.stopRequested = stopRequested;
    this.phases = Methods.phases(method, context, config);
    this.early = new EarlyStop(config);
    this.roundsPlanned = config.warmup().rounds() + config.zo().rounds();
  }

  /**
   * Trains the weights in place. A stop leaves them as they were after the last whole round.
   *
   * @param weights the initial ones
   * @param pastOrNull null in a run that starts here
   */
  MethodResult run(Vector weights, RunFolder folder, RunIdentity identity, Past pastOrNull) {
    this.folder = folder;
    this.identity = identity;
    MethodRecorder recorder =
        new MethodRecorder(
            folder, config, method.name(), context, phases, weights, identity, listener);
    try (recorder) {
      MethodRecorder.Restored found =
          recorder.restore(pastOrNull == null ? 0 : pastOrNull.own().size());
      at = found.at();
      books = found.books();
      if (pastOrNull != null) {
        resume(pastOrNull, found.source());
      }
      for (int p = at.phase(); p < phases.size() && !stopped && !early.isOver(); p++) {
        run(p, phases.get(p), weights, recorder, folder);
      }
      return result();
    } catch (StorageException e) {
      throw e.knowing(recorder.lastGood(), folder.path());
    }
  }

  /** What has become of its accuracy so far. */
  EarlyStop early() {
    return early;
  }

  /** Takes the rounds that are done from the metrics. */
  private void resume(Past past, String source) {
    List<RoundMetrics> own = past.own().subList(0, at.round());
    own.forEach(row -> totals = totals.plus(row, row.round() == pivotRound()));
    own.forEach(row -> early.add(row.round(), row.validationAccuracy()));
    if (!own.isEmpty() && isEvaluated() && own.get(own.size() - 1).testAccuracy() == null) {
      // a stop came between the round and its evaluation, which is made now
      unmeasuredOrNull = own.get(own.size() - 1);
      totals = totals.measured(Scores.NONE, false);
    }
    List<RoundMetrics> kept = new ArrayList<>(past.earlier());
    kept.addAll(own);
    kept.addAll(past.later());
    listener.resumed(new Resumption(kept, method.name(), context.runSeed(), at.round(), source));
  }

  /** Evaluates the last round of an earlier process, which lacks it. */
  private void evaluateLate(Vector weights) {
    RoundMetrics row = unmeasuredOrNull;
    unmeasuredOrNull = null;
    listener.roundFinished(row.measured(evaluate(weights)));
  }

  private void run(
      int index, Method.Phase phase, Vector weights, MethodRecorder recorder, RunFolder folder) {
    int done = at.phase() == index ? at.roundsOfPhase() : 0;
    int rounds = Math.min(phase.rounds(), roundsPlanned - at.round() + done);
    if ((done >= rounds || phase.algorithm().isOver()) && unmeasuredOrNull == null) {
      return;
    }
    String name = phase.algorithm().phase();
    int first = at.round() - done + 1;
    int measured = unmeasuredOrNull == null ? done : done - 1;
    PhaseInfo info = new PhaseInfo(method.name(), context.runSeed(), name, first, rounds, measured);
    recorder.phaseStarts(at, books, index);
    if (name.equals("zo") && done == 0 && config.evaluate().diagnostics()) {
      stopped = !EstimatorDiagnostics.write(folder, method.name(), context, config.zo(), weights);
      if (stopped) {
        return;
      }
    }
    checkPrecision(name, weights);
    if (name.equals("zo")) {
      checkEpsilon(weights);
    }
    listener.phaseStarted(info);
    if (unmeasuredOrNull != null) {
      evaluateLate(weights);
    }
    try {
      for (int i = done; i < rounds && !stopped && !isOver(phase); i++) {
        round(index, phase.algorithm(), i, weights, recorder);
        boolean last = at.round() == roundsPlanned || early.isOver();
        stopped |= stopRequested.getAsBoolean() && !last;
        recorder.afterRound(at, books, stopped || last);
      }
    } catch (Executor.StoppedException e) {
      stopped = true; // the round is void: nothing of it was accepted
      recorder.write(at, books, false);
    }
    listener.phaseFinished(info);
  }

  private boolean isOver(Method.Phase phase) {
    return phase.algorithm().isOver() || early.isOver();
  }

  /** A perturbation below half the distance of two numbers near a weight leaves it as it is. */
  private void checkEpsilon(Vector weights) {
    float epsilon = (float) config.zo().epsilon();
    long vanish = 0;
    long used = 0;
    for (float weight : weights.read()) {
      used += weight == 0 ? 0 : 1;
      vanish += weight != 0 && weight + epsilon == weight ? 1 : 0;
    }
    if (vanish * 2 > used) {
      listener.warned(
          "epsilon of %s seed %d".formatted(method.name(), context.runSeed()),
          "%s seed %d: zo.epsilon %s is below the spacing of 32-bit numbers at %.0f %% of the weights, which no probe moves; raise zo.epsilon"
              .formatted(
                  method.name(), context.runSeed(), config.zo().epsilon(), 100.0 * vanish / used));
    }
  }

  /** Where zeroth-order rounds are about to start in a precision below fp32. */
  private void checkPrecision(String phase, Vector weights) {
    boolean fp32 = config.zo().precision() == Precision.FP32;
    if (fp32 || !phase.equals("zo") || stopRequested.getAsBoolean()) {
      return;
    }
    try {
      listener.precisionChecked(
          PrecisionProbes.run(context, context.federation().clients(), config.zo(), weights));
    } catch (Executor.StoppedException e) {
      stopped = true;
    }
  }

  private void round(
      int index, Algorithm algorithm, int roundOfPhase, Vector weights, MethodRecorder recorder) {
    long start = System.nanoTime();
    Round.Key key = new Round.Key(at.round() + 1, roundOfPhase);
    Round round = algorithm.round(key, books, weights);
    at = new Position(method.name(), context.runSeed(), key.round(), index, roundOfPhase + 1);
    requireCounted(algorithm, round);
    recorder.roundDone(at, round);
    books = round.messages().after().accepted();
    Scores measured = isEvaluated() ? evaluate(weights) : Scores.NONE;
    double took = (System.nanoTime() - start) * 1e-9;
    RoundMetrics row =
        new RoundMetrics(
            method.name(),
            context.runSeed(),
            key.round(),
            algorithm.phase(),
            round.loss(),
            measured,
            round.messages().traffic(),
            round.messages().work(),
            took);
    totals = totals.plus(row, false);
    listener.learningRates(
        method.name(), context.runSeed(), key.round(), algorithm.learningRates(key));
    Faults.Count missed = round.messages().missed();
    if (missed.any()) {
      listener.answersMissed(method.name(), context.runSeed(), key.round(), missed);
    }
    listener.roundFinished(row);
  }

  /** A method of a user's own that forgets the ledger would be reported as free. */
  private void requireCounted(Algorithm algorithm, Round round) {
    Traffic traffic = round.messages().traffic();
    if (!Double.isNaN(round.loss()) && traffic.equals(Traffic.ZERO)) {
      throw new UserErrorException(
          "method %s, round %d: expected the bytes of the clients whose loss is %s, found a round without messages; call them with a Ledger, which counts (%s)"
              .formatted(method.name(), at.round(), round.loss(), Own.name(algorithm)));
    }
  }

  /**
   * Every so many rounds, at the pivot, where the config has it and where it is, and at the end.
   */
  private boolean isEvaluated() {
    Integer clients = config.evaluate().clientsEveryRounds();
    return at.round() % config.evaluate().everyRounds() == 0
        || (clients != null && at.round() % clients == 0)
        || at.round() == config.warmup().rounds()
        || at.round() == pivotRound()
        || at.round() == roundsPlanned;
  }

  /** Where the first phase ended or is to end, or would if the method had a second one. */
  private int pivotRound() {
    if (at.phase() > 0) {
      return at.round() - at.roundsOfPhase();
    }
    return phases.get(0).algorithm().isOver() ? at.round() : config.warmup().rounds();
  }

  /**
   * Returns nothing where a stop came first: the weights have moved, so the round counts all the
   * same, but it was not measured. A measurement of an earlier round is no result of the last one.
   */
  private Scores evaluate(Vector weights) {
    Scores measured;
    try {
      measured =
          scores(
              context.executor().evaluate(weights, heldOut.test(), heldOut.testSamples()),
              context.executor().evaluate(weights, context.images(), heldOut.validationSamples()));
    } catch (Executor.StoppedException e) {
      stopped = true;
      if (at.round() == roundsPlanned) {
        totals = totals.measured(Scores.NONE, false);
      }
      return Scores.NONE;
    }
    totals = totals.measured(measured, at.round() == pivotRound());
    keepBest(measured, weights);
    evaluateClients(weights);
    listener.evaluated(
        new EvaluationInfo(
            method.name(),
            context.runSeed(),
            at.round(),
            context.executor().graph().classes(),
            heldOut.testLabels(),
            () -> context.executor().logits(weights, heldOut.test(), heldOut.testSamples())));
    return measured;
  }

  /** Without validation images no weights are better than others. */
  private void keepBest(Scores measured, Vector weights) {
    boolean better = early.add(at.round(), measured.validationAccuracy());
    if (better && config.evaluate().best()) {
      Graph graph = context.executor().graph();
      Safetensors.write(
          folder.best(method.name(), context.runSeed()),
          Weights.tensors(graph.layout(), weights.read()),
          Weights.metadata(graph, at.round(), identity.values().get(RunIdentity.NORMALIZE)));
    }
  }

  /**
   * At the pivot and the end, the early one too, and every so often where the config asks for it.
   */
  private void evaluateClients(Vector weights) {
    Integer every = config.evaluate().clientsEveryRounds();
    boolean due =
        at.round() == pivotRound()
            || at.round() == roundsPlanned
            || early.isOver()
            || (every != null && at.round() % every == 0);
    if (due) {
      List<ClientScores.Score> scores = clients.scores(at.round(), weights);
      if (!scores.isEmpty()) {
        ClientScores.write(folder.clients(method.name(), context.runSeed()), scores);
      }
    }
  }

  private static Scores scores(Evaluation test, Evaluation validation) {
    return new Scores(
        lossOrNull(test), accuracyOrNull(test), lossOrNull(validation), accuracyOrNull(validation));
  }

  private static Double lossOrNull(Evaluation evaluation) {
    return evaluation.count() == 0 ? null : evaluation.meanLoss();
  }

  private static Double accuracyOrNull(Evaluation evaluation) {
    return evaluation.count() == 0 ? null : evaluation.accuracy();
  }

  private MethodResult result() {
    Scores last = totals.last();
    return new MethodResult(
        method.name(),
        context.runSeed(),
        totals.pivotAccuracy(),
        last.testAccuracy() == null ? Double.NaN : last.testAccuracy(),
        last.testLoss() == null ? Double.NaN : last.testLoss(),
        last.validationAccuracy(),
        totals.traffic(),
        totals.work(),
        totals.seconds(),
        at.round(),
        roundsPlanned,
        early.isOver() && at.round() < roundsPlanned);
  }
}
