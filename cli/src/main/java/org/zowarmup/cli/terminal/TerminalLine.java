package org.zowarmup.cli.terminal;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import me.tongfei.progressbar.ProgressBarConsumer;

/**
 * Draws a line over itself. After the terminal got another width, the next one starts on a line of
 * its own, for where the old one was broken only the terminal knows.
 */
public final class TerminalLine implements ProgressBarConsumer {
  private static final String CLEAR_TO_END = "\u001b[K";

  private final PrintStream out;
  private final IntSupplier columns;
  private final AtomicBoolean resized = new AtomicBoolean();
  private int width;
  private boolean drawn;

  /**
   * @param columns the width of the terminal, asked at the start and after {@link #resized}
   */
  public TerminalLine(PrintStream out, IntSupplier columns) {
    this.out = out;
    this.columns = columns;
    this.width = columns.getAsInt();
  }

  /** The terminal may have another width from now on. */
  public void resized() {
    resized.set(true);
  }

  @Override
  public synchronized int getMaxRenderedLength() {
    if (resized.getAndSet(false)) {
      int now = columns.getAsInt();
      if (now != width && drawn) {
        out.println();
      }
      width = now;
    }
    // a line that fills the last column may be broken by the terminal, and then is there twice
    return width - 1;
  }

  @Override
  public synchronized void accept(String line) {
    String shown = line.stripTrailing();
    int most = Math.max(1, width - 1);
    out.print("\r" + shown.substring(0, Math.min(most, shown.length())) + CLEAR_TO_END);
    out.flush();
    drawn = true;
  }

  @Override
  public synchronized void close() {
    out.println();
    out.flush();
    drawn = false;
  }
}
