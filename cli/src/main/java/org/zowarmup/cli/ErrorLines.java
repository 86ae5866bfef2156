package org.zowarmup.cli;

import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.util.List;
import org.zowarmup.device.NativeFolder;
import org.zowarmup.error.Printable;
import org.zowarmup.error.RankGoneException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.run.ProcessRanks;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one line and an exit code. */
final class ErrorLines {
  /** Characters of a message; paths and lists have room in it. */
  private static final int LONGEST = 2000;

  private final PrintWriter err;

  ErrorLines(PrintWriter err) {
    this.err = err;
  }

  /** Words that make no command. */
  int usage(ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    List<String> suggestions =
        e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
    String typed =
        e instanceof UnmatchedArgumentException unmatched ? unmatched.getUnmatched().get(0) : "";
    // Of words that are as close, people mean the one that starts alike.
    String meant =
        suggestions.stream()
            .filter(word -> !typed.isEmpty() && word.charAt(0) == typed.charAt(0))
            .findFirst()
            .orElse(suggestions.isEmpty() ? "" : suggestions.get(0));
    String next = suggestions.isEmpty() ? "; see " : "; did you mean " + meant + "? See ";
    print(oneLine(e.getMessage()) + next + command + " --help", Main.EXIT_USER_ERROR);
    return Main.EXIT_USER_ERROR;
  }

  /** Words that Java could not decode. */
  int lostLetters() {
    print(
        "expected words in ASCII, because the locale knows no other letters (%s); set LC_ALL=C.UTF-8 or another UTF-8 locale"
            .formatted(System.getProperty("sun.jnu.encoding")),
        Main.EXIT_USER_ERROR);
    return Main.EXIT_USER_ERROR;
  }

  int failure(Throwable e, boolean debug) {
    RunSoFar.fail();
    if (debug) {
      e.printStackTrace(err);
    }
    if (e instanceof UserErrorException) {
      String left = e instanceof RankGoneException ? RunSoFar.line().orElse("") : "";
      print(oneLine(e.getMessage() + (left.isEmpty() ? "" : "; " + left)), Main.EXIT_USER_ERROR);
      return Main.EXIT_USER_ERROR;
    }
    if (String.valueOf(e.getMessage()).startsWith("Fontconfig head is null")) {
      // Java's words for a system without fonts
      print(
          "charts need a font: expected fontconfig and a font on this system, found none; install"
              + " them (Debian: fontconfig fonts-dejavu-core), or make the picture on another"
              + " machine",
          Main.EXIT_USER_ERROR);
      return Main.EXIT_USER_ERROR;
    }
    if (e instanceof InvalidPathException path) {
      print(
          "path '%s': expected a name of a file (%s); where it has letters beyond ASCII, set LC_ALL=C.UTF-8 or another UTF-8 locale"
              .formatted(oneLine(path.getInput()), oneLine(path.getReason())),
          Main.EXIT_USER_ERROR);
      return Main.EXIT_USER_ERROR;
    }
    if (e instanceof OutOfMemoryError) {
      print(
          "out of memory ("
              + oneLine(String.valueOf(e.getMessage()))
              + "); lower threads, evaluate.batch, warmup.batch or the size of the model, or raise"
              + " Java's own limit, for example with ZOWARMUP_JAVA_OPTS=-Xmx4g",
          Main.EXIT_USER_ERROR);
      return Main.EXIT_USER_ERROR;
    }
    if (isOfNativeLibraries(e)) {
      print(
          "native libraries: expected room and the right to unpack and run them in %s, found that they cannot be loaded from there; free space, raise a limit of file sizes, or name another folder: ZOWARMUP_JAVA_OPTS=-D%s=DIR"
              .formatted(System.getProperty(NativeFolder.PROPERTY), NativeFolder.PROPERTY),
          Main.EXIT_USER_ERROR);
      return Main.EXIT_USER_ERROR;
    }
    print(
        e.getClass().getName()
            + (e.getMessage() == null ? "" : ": " + oneLine(e.getMessage()))
            + "; this is a bug"
            + (debug ? "" : "; run again with --debug for the stack trace"),
        Main.EXIT_BUG);
    return Main.EXIT_BUG;
  }

  /** Java links a library where it is first used, which may be anywhere. */
  private static boolean isOfNativeLibraries(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (cause instanceof UnsatisfiedLinkError
          || (cause instanceof NoClassDefFoundError
              && message.matches(
                  "Could not initialize class org\\.(bytedeco|zowarmup\\.native).*"))) {
        return true;
      }
    }
    return false;
  }

  /** Of several ranks the first tells what all have met, another only what it alone has. */
  private void print(String line, int code) {
    String rank = ProcessRanks.prefix(code);
    if (rank == null) {
      return;
    }
    err.println("zowarmup: " + (line.startsWith(rank) ? "" : rank) + CommandHint.of(line));
    err.flush();
  }

  /** Names and values come from outside: they may hold anything, and be of any length. */
  private static String oneLine(String text) {
    String line = Printable.text(text.strip().replaceAll("\\s*\\R\\s*", " "));
    return line.length() <= LONGEST
        ? line
        : line.substring(0, LONGEST / 2) + " ... " + line.substring(line.length() - LONGEST / 2);
  }
}
