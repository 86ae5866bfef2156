package org.zowarmup.cli.terminal;

import java.io.Console;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The terminal, where a person is looking at the output. */
@SuppressWarnings("SystemConsoleNull") // The descriptors decide; see isTerminal.
public final class Terminal {
  private static final Path STDOUT = Path.of("/proc/self/fd/1");
  private static final Path STDERR = Path.of("/proc/self/fd/2");
  private static final int DEFAULT_COLUMNS = 80;

  private Terminal() {}

  /** True where both streams go to a terminal that can redraw a line. */
  public static boolean interactive() {
    return System.console() != null
        && !"dumb".equals(System.getenv("TERM"))
        && isTerminal(STDOUT)
        && isTerminal(STDERR);
  }

  /**
   * System.console() knows neither the error stream nor, from JDK 22 on, whether there is a
   * terminal at all, so the descriptor itself is asked.
   */
  public static boolean isTerminal(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException e) {
      // No /proc: plain lines are readable everywhere.
      return false;
    }
  }

  /** True where block characters can be shown. */
  public static boolean unicode() {
    Console console = System.console();
    return console != null && console.charset().equals(StandardCharsets.UTF_8);
  }

  /** Characters of a line, at most {@link Units#LINE_CHARS}. */
  public static int columns() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(Redirect.INHERIT)
              .redirectError(Redirect.DISCARD)
              .start();
      String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      if (stty.waitFor(1, TimeUnit.SECONDS) && size.matches("\\d+ [1-9]\\d*\\s*")) {
        int columns = Integer.parseInt(size.strip().split(" ", -1)[1]);
        return Math.min(columns, Units.LINE_CHARS);
      }
    } catch (IOException e) {
      return DEFAULT_COLUMNS;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return DEFAULT_COLUMNS;
  }
}
