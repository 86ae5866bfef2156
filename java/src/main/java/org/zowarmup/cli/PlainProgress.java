package org.zowarmup.cli;

import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.zowarmup.record.PhaseInfo;
import org.zowarmup.record.Resumption;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;

/**
 * Progress as lines of a log, for batch jobs and pipes: one at every evaluation, at the end of a
 * phase, and where neither comes for a while.
 */
final class PlainProgress implements RunListener {
  private static final double QUIET_SECONDS = 30;

  private final Consumer<String> log;
  private final LongSupplier nanoTime;
  private long runStart;
  private long phaseStart;
  private long lastLine;
  private int runRounds;
  private int labelChars;
  private PhaseInfo phase;

  /**
   * @param log takes one line
   * @param nanoTime a clock in nanoseconds
   */
  PlainProgress(Consumer<String> log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
  }

  @Override
  public void started(RunDescription run) {
    runStart = nanoTime.getAsLong();
    runRounds = run.rounds();
    labelChars = PhaseLabel.width(run);
  }

  @Override
  public void resumed(Resumption resumption) {
    log.accept(ResumptionLine.of(resumption));
  }

  @Override
  public void phaseStarted(PhaseInfo started) {
    phase = started;
    phaseStart = nanoTime.getAsLong();
    lastLine = phaseStart;
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    boolean last = metrics.round() == phase.firstRound() + phase.rounds() - 1;
    if (metrics.testAccuracy() == null && !last && secondsSince(lastLine) < QUIET_SECONDS) {
      return;
    }
    lastLine = nanoTime.getAsLong();
    log.accept(line(metrics));
  }

  private String line(RoundMetrics metrics) {
    int digits = String.valueOf(runRounds).length();
    int done = metrics.round() - phase.firstRound() + 1;
    int here = Math.max(1, done - phase.done());
    double left = secondsSince(phaseStart) / here * (phase.rounds() - done);
    String line =
        String.format(
            Locale.ROOT,
            "%-" + labelChars + "s  round %" + digits + "d/%d  train loss %6.4f  test %7s",
            PhaseLabel.of(phase),
            metrics.round(),
            runRounds,
            metrics.trainLoss(),
            Units.percent(metrics.testAccuracy()));
    String clock = "  elapsed " + Units.clock(secondsSince(runStart));
    return line + clock + (left > 0 ? "  ETA of the phase " + Units.clock(left) : "");
  }

  private double secondsSince(long start) {
    return (nanoTime.getAsLong() - start) / 1e9;
  }
}
