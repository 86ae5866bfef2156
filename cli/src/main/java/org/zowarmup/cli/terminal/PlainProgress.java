package org.zowarmup.cli.terminal;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.zowarmup.record.MethodResult;
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
  private final RunClock clock;
  private long lastLine;
  private int labelChars;

  /**
   * @param log takes one line
   * @param nanoTime a clock in nanoseconds
   */
  public PlainProgress(Consumer<String> log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
    this.clock = new RunClock(nanoTime);
  }

  @Override
  public void started(RunDescription run) {
    clock.started(run);
    labelChars = labelChars(run);
  }

  @Override
  public void resumed(Resumption resumption) {
    clock.resumed(resumption);
    log.accept(line(resumption));
  }

  @Override
  public void phaseStarted(PhaseInfo started) {
    clock.phaseStarted(started);
    lastLine = nanoTime.getAsLong();
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    clock.roundFinished(metrics);
    double quiet = (nanoTime.getAsLong() - lastLine) / 1e9;
    if (metrics.testAccuracy() == null && !clock.phaseIsOver() && quiet < QUIET_SECONDS) {
      return;
    }
    lastLine = nanoTime.getAsLong();
    log.accept(line(metrics));
  }

  @Override
  public void methodFinished(MethodResult result) {
    clock.methodFinished(result);
  }

  private String line(RoundMetrics metrics) {
    int digits = String.valueOf(clock.runRounds()).length();
    String line =
        String.format(
            Locale.ROOT,
            "%-" + labelChars + "s  round %" + digits + "d/%d  loss %6.4f  test %8s",
            label(clock.phase()),
            metrics.round(),
            clock.runRounds(),
            metrics.trainLoss(),
            metrics.testAccuracy() == null ? "- " : clock.accuracy());
    String left = clock.left();
    return line + " elapsed " + Units.clock(clock.elapsed()) + (left.isEmpty() ? "" : "  " + left);
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
}
