package org.zowarmup.run;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.StoppedException;
import org.zowarmup.federated.Faults;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.Traffic;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.PhaseInfo;
import org.zowarmup.record.Resumption;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RoundMetrics.Scores;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.StorageException;
import org.zowarmup.record.checkpoint.Checkpoint.Position;

/**
 * One method under one seed, from the first round to the last: the round loop, evaluations and what
 * listeners hear.
 */
final class MethodRun {
  private final RunConfig config;
  private final Method method;
  private final FederatedContext context;
  private final HeldOut heldOut;
  private final RunListener listener;
  private final BooleanSupplier stopRequested;
  private final int roundsPlanned;

  private List<Phase> phases;
  private MethodRecorder recorder;
  private RoundMetrics unmeasured;
  private Position at;
  private double seconds;
  private Traffic traffic = Traffic.ZERO;
  private Scores last = Scores.NONE;
  private Double pivotAccuracy;
  private boolean stopped;

  /**
   * What accuracies are measured on.
   *
   * @param testSamples test images, all of them unless the config asks for fewer
   * @param validationSamples indices into the training images, may be empty
   */
  record HeldOut(ResidentImages test, int[] testSamples, int[] validationSamples) {}

  MethodRun(
      RunConfig config,
      Method method,
      FederatedContext context,
      HeldOut heldOut,
      RunListener listener,
      BooleanSupplier stopRequested) {
    this.config = config;
    this.method = method;
    this.context = context;
    this.heldOut = heldOut;
    this.listener = listener;
    this.stopRequested = stopRequested;
    this.roundsPlanned = config.warmup().rounds() + config.zo().rounds();
  }

  /**
   * Trains the weights in place. A stop leaves them as they were after the last whole round.
   *
   * @param weights the initial ones
   * @param past what an earlier process has left, null in a run that begins here
   */
  MethodResult run(Vector weights, RunFolder folder, RunIdentity identity, Past past) {
    phases = method.phases(context, config.warmup(), config.zo());
    try (MethodRecorder opened =
        new MethodRecorder(
            folder,
            config.checkpoint(),
            method.name(),
            context,
            phases,
            weights,
            identity,
            listener)) {
      recorder = opened;
      at = recorder.restore(past == null ? 0 : past.own().size());
      if (past != null) {
        goOn(past);
      }
      for (int p = at.phase(); p < phases.size() && !stopped; p++) {
        run(p, phases.get(p), weights, folder);
      }
      return result();
    } catch (StorageException e) {
      throw e.knowing(recorder.lastGood(), folder.path());
    }
  }

  /** Takes the rounds that are done from the metrics. */
  private void goOn(Past past) {
    List<RoundMetrics> own = past.own().subList(0, at.round());
    own.forEach(this::count);
    List<RoundMetrics> kept = new ArrayList<>(past.earlier());
    kept.addAll(own);
    if (!own.isEmpty() && isEvaluated() && kept.get(kept.size() - 1).testAccuracy() == null) {
      // a stop came between the round and its evaluation, which is made up for
      unmeasured = kept.remove(kept.size() - 1);
      last = Scores.NONE;
    }
    listener.resumed(
        new Resumption(kept, method.name(), context.runSeed(), at.round(), recorder.source()));
  }

  private void count(RoundMetrics row) {
    seconds += row.seconds();
    traffic = traffic.plus(row.traffic());
    if (row.testAccuracy() != null) {
      last =
          new Scores(
              row.testLoss(), row.testAccuracy(), row.validationLoss(), row.validationAccuracy());
      if (row.round() == pivotRound()) {
        pivotAccuracy = row.testAccuracy();
      }
    }
  }

  /** The last round of an earlier process, with the evaluation that it lacks. */
  private void makeUp(Vector weights) {
    RoundMetrics row = unmeasured;
    unmeasured = null;
    boolean evaluated = evaluate(weights);
    listener.roundFinished(evaluated ? row.measured(last) : row);
  }

  private void run(int index, Phase phase, Vector weights, RunFolder folder) {
    int done = at.phase() == index ? at.roundsOfPhase() : 0;
    int rounds = Math.min(phase.rounds(), roundsPlanned - at.round() + done);
    if ((done >= rounds || phase.algorithm().isOver()) && unmeasured == null) {
      return;
    }
    String name = phase.algorithm().phase();
    int first = at.round() - done + 1;
    int measured = unmeasured == null ? done : done - 1;
    PhaseInfo info = new PhaseInfo(method.name(), context.runSeed(), name, first, rounds, measured);
    recorder.phaseStarts(at, index);
    if (name.equals("zo") && done == 0 && config.evaluate().diagnostics()) {
      stopped = !EstimatorDiagnostics.write(folder, method.name(), context, config.zo(), weights);
      if (stopped) {
        return;
      }
    }
    checkPrecision(name, weights);
    listener.phaseStarted(info);
    if (unmeasured != null) {
      makeUp(weights);
    }
    try {
      for (int i = done; i < rounds && !stopped && !phase.algorithm().isOver(); i++) {
        round(index, phase, i, weights);
        stopped |= stopRequested.getAsBoolean() && at.round() < roundsPlanned;
        recorder.afterRound(at, stopped || at.round() == roundsPlanned);
      }
    } catch (StoppedException e) {
      stopped = true;
      context.ledger().discardRound();
      context.faults().takeRound();
      recorder.write(at, false);
    }
    listener.phaseFinished(info);
  }

  /** Where zeroth-order rounds are about to begin in a precision below fp32. */
  private void checkPrecision(String phase, Vector weights) {
    boolean fp32 = Precision.of(config.zo().precision()) == Precision.FP32;
    if (fp32 || !phase.equals("zo") || stopRequested.getAsBoolean()) {
      return;
    }
    try {
      listener.precisionChecked(
          PrecisionProbes.run(context, context.federation().clients(), config.zo(), weights));
    } catch (StoppedException e) {
      stopped = true;
    }
  }

  private void round(int index, Phase phase, int roundOfPhase, Vector weights) {
    long start = System.nanoTime();
    double trainLoss = phase.algorithm().round(at.round() + 1, roundOfPhase, weights);
    at = new Position(method.name(), context.runSeed(), at.round() + 1, index, roundOfPhase + 1);
    recorder.roundDone(at);
    boolean evaluated = isEvaluated() && evaluate(weights);
    Scores measured = evaluated ? last : Scores.NONE;
    double took = (System.nanoTime() - start) * 1e-9;
    Traffic sent = context.ledger().takeRound();
    seconds += took;
    traffic = traffic.plus(sent);
    Faults.Count missed = context.faults().takeRound();
    if (missed.any()) {
      listener.answersMissed(method.name(), context.runSeed(), at.round(), missed);
    }
    listener.roundFinished(
        new RoundMetrics(
            method.name(),
            context.runSeed(),
            at.round(),
            phase.algorithm().phase(),
            trainLoss,
            measured,
            sent,
            took));
  }

  /**
   * Every so many rounds, at the pivot, where the config has it and where it is, and at the end.
   */
  private boolean isEvaluated() {
    return at.round() % config.evaluate().everyRounds() == 0
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
   * Returns false where a stop came first: the weights have moved, so the round counts all the
   * same, but it was not measured. What an earlier round measured is no result of the last one.
   */
  private boolean evaluate(Vector weights) {
    try {
      Evaluation test = context.executor().evaluate(weights, heldOut.test(), heldOut.testSamples());
      Evaluation validation =
          context.executor().evaluate(weights, context.images(), heldOut.validationSamples());
      last =
          new Scores(
              lossOrNull(test),
              accuracyOrNull(test),
              lossOrNull(validation),
              accuracyOrNull(validation));
    } catch (StoppedException e) {
      stopped = true;
      if (at.round() == roundsPlanned) {
        last = Scores.NONE;
      }
      return false;
    }
    if (at.round() == pivotRound()) {
      pivotAccuracy = last.testAccuracy();
    }
    return true;
  }

  private static Double lossOrNull(Evaluation evaluation) {
    return evaluation.count() == 0 ? null : evaluation.meanLoss();
  }

  private static Double accuracyOrNull(Evaluation evaluation) {
    return evaluation.count() == 0 ? null : evaluation.accuracy();
  }

  private MethodResult result() {
    return new MethodResult(
        method.name(),
        context.runSeed(),
        pivotAccuracy,
        last.testAccuracy() == null ? Double.NaN : last.testAccuracy(),
        last.testLoss() == null ? Double.NaN : last.testLoss(),
        last.validationAccuracy(),
        traffic,
        seconds,
        at.round(),
        roundsPlanned);
  }
}
