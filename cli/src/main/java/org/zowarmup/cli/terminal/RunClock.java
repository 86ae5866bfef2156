package org.zowarmup.cli.terminal;

import java.util.function.LongSupplier;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.Resumption;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;

/**
 * Where a run is: the time that has gone by, what is left of its phase and of all methods and
 * seeds, and the best accuracy so far. To be told of an event before who shows it.
 */
final class RunClock implements RunListener {
  private final LongSupplier nanoTime;
  private long runStart;
  private long phaseStart;
  private int runRounds;
  private long allRounds;
  private long finished;
  private long here;
  private PhaseInfo phase;
  private int doneOfPhase;
  private Double accuracy;
  private double best;

  /**
   * @param nanoTime a clock in nanoseconds
   */
  RunClock(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  @Override
  public void started(RunDescription run) {
    runStart = nanoTime.getAsLong();
    runRounds = run.rounds();
    allRounds = (long) run.methods().size() * run.seeds().size() * runRounds;
  }

  @Override
  public void resumed(Resumption resumption) {
    finished = resumption.kept().size();
  }

  @Override
  public void phaseStarted(PhaseInfo started) {
    if (phase == null
        || phase.seed() != started.seed()
        || !phase.method().equals(started.method())) {
      accuracy = null;
      best = Double.NEGATIVE_INFINITY;
    }
    phase = started;
    phaseStart = nanoTime.getAsLong();
    doneOfPhase = started.done();
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    doneOfPhase = metrics.round() - phase.firstRound() + 1;
    finished++;
    here++;
    if (metrics.testAccuracy() != null) {
      accuracy = metrics.testAccuracy();
      best = Math.max(best, accuracy);
    }
  }

  @Override
  public void methodFinished(MethodResult result) {
    allRounds -= result.endedEarly() ? result.roundsPlanned() - result.roundsDone() : 0;
  }

  PhaseInfo phase() {
    return phase;
  }

  /** Rounds of each method. */
  int runRounds() {
    return runRounds;
  }

  /** True after the last round of the phase. */
  boolean phaseIsOver() {
    return doneOfPhase >= phase.rounds();
  }

  /**
   * The last accuracy that was measured, with a star where it is the method's best under its seed.
   */
  String accuracy() {
    boolean isBest = accuracy != null && accuracy == best;
    return Units.percent(accuracy) + (isBest ? "*" : " ");
  }

  double elapsed() {
    return secondsSince(runStart);
  }

  double rate() {
    double seconds = secondsSince(phaseStart);
    return seconds > 0 ? Math.max(0, doneOfPhase - phase.done()) / seconds : 0;
  }

  /** Seconds of the phase that are left; 0 where it is over or no one knows. */
  double phaseLeft() {
    double rate = rate();
    return rate > 0 ? (phase.rounds() - doneOfPhase) / rate : 0;
  }

  /** The same of all methods and seeds, those of other phases as the mean of the rounds so far. */
  double runLeft() {
    long others = Math.max(0, allRounds - finished - (phase.rounds() - doneOfPhase));
    return here == 0 ? 0 : phaseLeft() + others * (elapsed() / here);
  }

  /** Time left as lines show it; empty at the end. */
  String left() {
    String ofPhase = phaseLeft() > 0 ? "left " + Units.clock(phaseLeft()) : "";
    boolean more = runLeft() - phaseLeft() >= 0.5;
    String ofRun = more ? "run " + Units.clock(runLeft()) : "";
    return ofPhase.isEmpty() || ofRun.isEmpty() ? ofPhase + ofRun : ofPhase + ", " + ofRun;
  }

  private double secondsSince(long start) {
    return (nanoTime.getAsLong() - start) / 1e9;
  }
}
