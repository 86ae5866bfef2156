package org.zowarmup.cli.terminal;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.zowarmup.record.Resumption;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunListener.PhaseInfo;

/**
 * Progress as lines of a log, for batch jobs and pipes: one at every evaluation, at the end of a
 * phase, and where neither comes for a while.
 */
public final class PlainProgress implements RunListener {
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
  public PlainProgress(Consumer<String> log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
  }

  @Override
  public void started(RunDescription run) {
    runStart = nanoTime.getAsLong();
    runRounds = run.rounds();
    labelChars = labelChars(run);
  }

  @Override
  public void resumed(Resumption resumption) {
    log.accept(line(resumption));
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
            label(phase),
            metrics.round(),
            runRounds,
            metrics.trainLoss(),
            Units.percent(metrics.testAccuracy()));
    String clock = "  elapsed " + Units.clock(secondsSince(runStart));
    return line + clock + (left > 0 ? "  ETA of the phase " + Units.clock(left) : "");
  }

  /** The start of a line of progress: method, seed and phase. */
  public static String label(PhaseInfo phase) {
    return label(phase.method(), phase.seed(), phase.phase());
  }

  private static String label(String method, long seed, String phase) {
    return Units.method(method) + " seed " + seed + " " + Units.phase(phase);
  }

  /** Characters of the longest label of a run. */
  public static int labelChars(RunDescription run) {
    int most = 1;
    for (String method : run.methods()) {
      for (long seed : run.seeds()) {
        for (String phase : List.of("warmup", "zo")) {
          most = Math.max(most, label(method, seed, phase).length());
        }
      }
    }
    return most;
  }

  /** Says from where a run continues. */
  public static String line(Resumption resumption) {
    return "%s seed %d resumes after round %d, from %s"
        .formatted(
            Units.method(resumption.method()),
            resumption.seed(),
            resumption.round(),
            resumption.source());
  }

  private double secondsSince(long start) {
    return (nanoTime.getAsLong() - start) / 1e9;
  }
}
