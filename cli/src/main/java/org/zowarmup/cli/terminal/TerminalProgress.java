package org.zowarmup.cli.terminal;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.zowarmup.record.Resumption;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunListener.PhaseInfo;

/** Progress on a terminal: one bar a phase, with the last accuracy beside it. */
public final class TerminalProgress implements RunListener, AutoCloseable {
  private final ProgressBarConsumer consumer;

  /** Below this, rounds a second would take the place of the accuracy. */
  private static final int COLUMNS_FOR_SPEED = 96;

  /** And below this the loss would. */
  private static final int COLUMNS_FOR_LOSS = 88;

  private final boolean speed;
  private final boolean loss;
  private final boolean unicode;
  private int labelChars = 1;
  private ProgressBar bar;
  private Double accuracy;

  /**
   * @param consumer draws the bars; given one with a fixed width, the library leaves the terminal's
   *     settings and signal handlers alone
   * @param unicode whether the terminal shows block characters
   * @param columns of the terminal
   */
  public TerminalProgress(ProgressBarConsumer consumer, boolean unicode, int columns) {
    this.speed = columns >= COLUMNS_FOR_SPEED;
    this.loss = columns >= COLUMNS_FOR_LOSS;
    this.consumer = consumer;
    this.unicode = unicode;
  }

  /** Bars beside the messages, so that the output stream holds the results alone. */
  public static TerminalProgress onErrorStream() {
    int columns = Terminal.columns();
    // a line that fills the last column may be broken by the terminal, and then is there twice
    return new TerminalProgress(
        new ConsoleProgressBarConsumer(System.err, columns - 1), Terminal.unicode(), columns);
  }

  @Override
  public void started(RunDescription run) {
    labelChars = PlainProgress.labelChars(run);
  }

  @Override
  public void resumed(Resumption resumption) {
    close();
    System.err.println(PlainProgress.line(resumption));
  }

  @Override
  public void phaseStarted(PhaseInfo phase) {
    close();
    accuracy = null;
    String label = PlainProgress.label(phase);
    ProgressBarBuilder builder =
        new ProgressBarBuilder()
            .setTaskName(label + " ".repeat(Math.max(0, labelChars - label.length())))
            .setInitialMax(phase.rounds())
            .startsFrom(phase.done(), Duration.ZERO)
            .setStyle(unicode ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(250)
            .setConsumer(consumer);
    if (speed) {
      builder.showSpeed(new DecimalFormat("0.0", DecimalFormatSymbols.getInstance(Locale.ROOT)));
    }
    bar = builder.build();
    bar.setExtraMessage(message("-"));
  }

  /** Always of the same width, so that the bar beside it keeps its own. */
  private String message(String value) {
    String test = String.format(Locale.ROOT, "test %7s", Units.percent(accuracy));
    String shown = loss ? String.format(Locale.ROOT, "loss %6s %s", value, test) : test;
    return speed ? " " + shown : shown;
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    if (metrics.testAccuracy() != null) {
      accuracy = metrics.testAccuracy();
    }
    bar.setExtraMessage(message(String.format(Locale.ROOT, "%.3f", metrics.trainLoss())));
    bar.step();
  }

  @Override
  public void phaseFinished(PhaseInfo phase) {
    close();
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
