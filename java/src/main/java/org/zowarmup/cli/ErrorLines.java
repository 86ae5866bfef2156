package org.zowarmup.cli;

import java.io.PrintWriter;
import org.zowarmup.error.UserErrorException;
import picocli.CommandLine.ParameterException;

/** Turns what went wrong into one line and an exit code. */
final class ErrorLines {
  private final PrintWriter err;

  ErrorLines(PrintWriter err) {
    this.err = err;
  }

  /** Words that make no command. */
  int usage(ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    print(oneLine(e.getMessage()) + "; see " + command + " --help");
    return Main.EXIT_USER_ERROR;
  }

  int failure(Throwable e, boolean debug) {
    if (debug) {
      e.printStackTrace(err);
    }
    if (e instanceof UserErrorException) {
      print(oneLine(String.valueOf(e.getMessage())));
      return Main.EXIT_USER_ERROR;
    }
    if (e instanceof OutOfMemoryError) {
      print(
          "out of memory ("
              + oneLine(String.valueOf(e.getMessage()))
              + "); raise the limit, for example with ZOWARMUP_JAVA_OPTS=-Xmx4g, or lower"
              + " evaluate.batch and warmup.batch");
      return Main.EXIT_USER_ERROR;
    }
    print(
        e.getClass().getName()
            + (e.getMessage() == null ? "" : ": " + oneLine(e.getMessage()))
            + "; this is a bug"
            + (debug ? "" : "; run again with --debug for the stack trace"));
    return Main.EXIT_BUG;
  }

  private void print(String line) {
    err.println("zowarmup: " + line);
    err.flush();
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
