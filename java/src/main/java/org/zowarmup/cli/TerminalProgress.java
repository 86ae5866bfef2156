package org.zowarmup.cli;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.zowarmup.experiment.PhaseInfo;
import org.zowarmup.experiment.Resumption;
import org.zowarmup.experiment.RoundMetrics;
import org.zowarmup.experiment.RunDescription;
import org.zowarmup.experiment.RunListener;

/** Progress on a terminal: one bar a phase, with the last accuracy beside it. */
final class TerminalProgress implements RunListener, AutoCloseable {
  private final ProgressBarConsumer consumer;

  /** Below this, rounds a second would take the place of the accuracy. */
  private static final int COLUMNS_FOR_SPEED = 96;

  private final boolean speed;
  private final boolean unicode;
  private int labelChars = 1;
  private ProgressBar bar;
  private Double accuracy;

  /**
   * @param consumer draws the bars; given one with a fixed width, the library leaves the terminal's
   *     settings and signal handlers alone
   * @param unicode whether the terminal shows block characters
   */
  TerminalProgress(ProgressBarConsumer consumer, boolean unicode) {
    this(consumer, unicode, false);
  }

  private TerminalProgress(ProgressBarConsumer consumer, boolean unicode, boolean speed) {
    this.speed = speed;
    this.consumer = consumer;
    this.unicode = unicode;
  }

  /** Bars beside the messages, so that the output stream holds the results alone. */
  static TerminalProgress onErrorStream() {
    return new TerminalProgress(
        new ConsoleProgressBarConsumer(System.err, Terminal.columns()),
        Terminal.unicode(),
        Terminal.columns() >= COLUMNS_FOR_SPEED);
  }

  @Override
  public void started(RunDescription run) {
    labelChars = PhaseLabel.width(run);
  }

  @Override
  public void resumed(Resumption resumption) {
    close();
    System.err.println(ResumptionLine.of(resumption));
  }

  @Override
  public void phaseStarted(PhaseInfo phase) {
    close();
    accuracy = null;
    String label = PhaseLabel.of(phase);
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
  private String message(String loss) {
    return String.format(Locale.ROOT, "loss %6s test %7s", loss, Units.percent(accuracy));
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

  /** Leaves the bar as it stands and goes to the next line. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
