package org.zowarmup.cli.terminal;

import java.util.Locale;
import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;
import org.zowarmup.record.RunListener.PhaseInfo;

/**
 * One line of a bar: where the run is, its loss, accuracy and speed, and the time. What has no room
 * is left out, the bar itself last but the words that say what is trained.
 */
final class ProgressLine implements ProgressBarRenderer {
  private static final int MOST_BAR = 24;
  private static final int LEAST_BAR = 2;
  private static final String EIGHTHS = " ▏▎▍▌▋▊▉";

  private final RunClock clock;
  private final boolean unicode;
  private int labelChars = 1;
  private double loss = Double.NaN;

  /**
   * @param unicode whether the terminal shows block characters
   */
  ProgressLine(RunClock clock, boolean unicode) {
    this.clock = clock;
    this.unicode = unicode;
  }

  void labelChars(int chars) {
    labelChars = chars;
  }

  void loss(double now) {
    loss = now;
  }

  @Override
  public String render(ProgressState progress, int columns) {
    PhaseInfo phase = clock.phase();
    String count = progress.getCurrent() + "/" + progress.getMax();
    String width = " ".repeat(Math.max(0, 2 * String.valueOf(progress.getMax()).length() + 1));
    String padded = width.substring(Math.min(width.length(), count.length())) + count;
    String value = Double.isNaN(loss) ? "-" : String.format(Locale.ROOT, "%.3f", loss);
    String loss = String.format(Locale.ROOT, " loss %6s", value);
    String test = String.format(Locale.ROOT, " test %8s", clock.accuracy());
    String must = " " + padded + loss + test + " " + speed();
    String left = clock.left();
    String phaseLeft = left.contains(",") ? left.substring(0, left.indexOf(',')) : left;
    String elapsed = " elapsed " + Units.clock(clock.elapsed());
    String label = PlainProgress.label(phase);
    String full = label + " ".repeat(Math.max(0, labelChars - label.length()));
    String brief = label.replace(" seed ", " s");
    String[][] forms = {
      {full, must + elapsed + " " + left},
      {brief, must + elapsed + " " + left},
      {brief, must + " " + left},
      {brief, must + " " + phaseLeft},
      {brief, must},
    };
    for (String[] form : forms) {
      int room = columns - form[0].length() - form[1].stripTrailing().length() - 1;
      if (room >= LEAST_BAR) {
        return form[0] + " " + bar(progress, Math.min(MOST_BAR, room)) + form[1].stripTrailing();
      }
    }
    String bare = brief + must;
    return bare.length() <= columns ? bare : bare.substring(0, Math.max(0, columns));
  }

  /** Rounds a second, or where they are slow seconds a round. */
  private String speed() {
    double rate = clock.rate();
    return rate == 0
        ? "   -/s"
        : rate >= 0.095
            ? String.format(Locale.ROOT, "%4.1f/s", rate)
            : String.format(Locale.ROOT, "%.0f s each", 1 / rate);
  }

  private String bar(ProgressState progress, int chars) {
    double part = progress.getMax() <= 0 ? 0 : (double) progress.getCurrent() / progress.getMax();
    double filled = Math.min(1, part) * chars;
    int whole = (int) filled;
    if (!unicode) {
      return "=".repeat(whole) + " ".repeat(chars - whole);
    }
    String rest =
        whole == chars
            ? ""
            : EIGHTHS.charAt((int) (8 * (filled - whole))) + " ".repeat(chars - whole - 1);
    return "█".repeat(whole) + rest;
  }
}
