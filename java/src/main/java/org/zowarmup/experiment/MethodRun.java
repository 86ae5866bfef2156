package org.zowarmup.experiment;

import java.util.function.BooleanSupplier;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.StoppedException;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.Traffic;

/**
 * One method under one seed, from the first round to the last: the round loop, evaluations and what
 * listeners hear.
 */
final class MethodRun {
  private final RunConfig config;
  private final Method method;
  private final FederatedContext context;
  private final HeldOut heldOut;
  private final RunFolder folder;
  private final RunListener listener;
  private final BooleanSupplier stopRequested;
  private final int roundsPlanned;

  private int round;
  private double seconds;
  private Traffic traffic = Traffic.ZERO;
  private Evaluation test = Evaluation.EMPTY;
  private Evaluation validation = Evaluation.EMPTY;
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
      RunFolder folder,
      RunListener listener,
      BooleanSupplier stopRequested) {
    this.config = config;
    this.method = method;
    this.context = context;
    this.heldOut = heldOut;
    this.folder = folder;
    this.listener = listener;
    this.stopRequested = stopRequested;
    this.roundsPlanned = config.warmup().rounds() + config.zo().rounds();
  }

  /** Trains the weights in place. A stop leaves them as they were after the last whole round. */
  MethodResult run(Vector weights) {
    for (Phase phase : method.phases(context, config.warmup(), config.zo())) {
      if (stopped) {
        break;
      }
      run(phase, weights);
    }
    return result();
  }

  private void run(Phase phase, Vector weights) {
    String name = phase.algorithm().phase();
    if (name.equals("zo") && config.evaluate().diagnostics()) {
      EstimatorDiagnostics.write(folder, method.name(), context, config.zo(), weights);
    }
    PhaseInfo info =
        new PhaseInfo(method.name(), context.runSeed(), name, round + 1, phase.rounds());
    listener.phaseStarted(info);
    try {
      for (int i = 0; i < phase.rounds() && !stopped; i++) {
        round(phase, i, weights);
        stopped |= stopRequested.getAsBoolean() && round < roundsPlanned;
      }
    } catch (StoppedException e) {
      stopped = true;
    }
    listener.phaseFinished(info);
  }

  private void round(Phase phase, int roundOfPhase, Vector weights) {
    long start = System.nanoTime();
    double trainLoss = phase.algorithm().round(round + 1, roundOfPhase, weights);
    round++;
    boolean evaluated = isEvaluated() && evaluate(weights);
    double took = (System.nanoTime() - start) * 1e-9;
    Traffic sent = context.ledger().takeRound();
    seconds += took;
    traffic = traffic.plus(sent);
    listener.roundFinished(
        new RoundMetrics(
            method.name(),
            context.runSeed(),
            round,
            phase.algorithm().phase(),
            trainLoss,
            evaluated ? test.meanLoss() : null,
            evaluated ? test.accuracy() : null,
            evaluated ? lossOrNull(validation) : null,
            evaluated ? accuracyOrNull(validation) : null,
            sent,
            took));
  }

  /** Every so many rounds, at the pivot and at the end. */
  private boolean isEvaluated() {
    return round % config.evaluate().everyRounds() == 0
        || round == config.warmup().rounds()
        || round == roundsPlanned;
  }

  /**
   * Returns false where a stop came first: the weights have moved, so the round counts all the
   * same, but it was not measured. What an earlier round measured is no result of the last one.
   */
  private boolean evaluate(Vector weights) {
    try {
      Evaluation onTest =
          context.executor().evaluate(weights, heldOut.test(), heldOut.testSamples());
      validation =
          context.executor().evaluate(weights, context.images(), heldOut.validationSamples());
      test = onTest;
    } catch (StoppedException e) {
      stopped = true;
      if (round == roundsPlanned) {
        test = Evaluation.EMPTY;
        validation = Evaluation.EMPTY;
      }
      return false;
    }
    if (round == config.warmup().rounds()) {
      pivotAccuracy = test.accuracy();
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
    boolean measured = test.count() > 0;
    return new MethodResult(
        method.name(),
        context.runSeed(),
        pivotAccuracy,
        measured ? test.accuracy() : Double.NaN,
        measured ? test.meanLoss() : Double.NaN,
        accuracyOrNull(validation),
        traffic,
        seconds,
        round,
        roundsPlanned);
  }
}
