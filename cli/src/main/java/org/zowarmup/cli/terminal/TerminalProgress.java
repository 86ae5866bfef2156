package org.zowarmup.cli.terminal;

import java.time.Duration;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.Resumption;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;

/** Progress on a terminal: one bar a phase. */
public final class TerminalProgress implements RunListener, AutoCloseable {
  private final ProgressBarConsumer consumer;
  private final RunClock clock;
  private final ProgressLine line;
  private ProgressBar bar;

  /**
   * @param consumer draws the bars
   * @param unicode whether the terminal shows block characters
   */
  public TerminalProgress(ProgressBarConsumer consumer, boolean unicode, LongSupplier nanoTime) {
    this.consumer = consumer;
    this.clock = new RunClock(nanoTime);
    this.line = new ProgressLine(clock, unicode);
  }

  /** Bars beside the messages, so that the output stream holds the results alone. */
  public static TerminalProgress onErrorStream() {
    TerminalLine line = new TerminalLine(System.err, Terminal::columns);
    try {
      PosixSignals.handle("WINCH", line::resized);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      // bars keep the width that they start with
    }
    return new TerminalProgress(line, Terminal.unicode(), System::nanoTime);
  }

  @Override
  public void started(RunDescription run) {
    clock.started(run);
    line.labelChars(PlainProgress.labelChars(run));
  }

  @Override
  public void resumed(Resumption resumption) {
    close();
    clock.resumed(resumption);
    System.err.println(PlainProgress.line(resumption));
  }

  @Override
  public void phaseStarted(PhaseInfo phase) {
    close();
    clock.phaseStarted(phase);
    line.loss(Double.NaN);
    bar =
        new ProgressBarBuilder()
            .setTaskName(PlainProgress.label(phase))
            .setInitialMax(phase.rounds())
            .startsFrom(phase.done(), Duration.ZERO)
            .setRenderer(line)
            .setUpdateIntervalMillis(250)
            .setConsumer(consumer)
            .build();
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    clock.roundFinished(metrics);
    line.loss(metrics.trainLoss());
    bar.step();
  }

  @Override
  public void phaseFinished(PhaseInfo phase) {
    close();
  }

  @Override
  public void methodFinished(MethodResult result) {
    clock.methodFinished(result);
  }

  /** Leaves the bar as it is and goes to the next line. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
