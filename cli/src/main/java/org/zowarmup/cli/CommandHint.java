package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Commands in hints, as they can be typed: the program as it was called, {@code ./zowarmup}. */
final class CommandHint {
  private static final Pattern COMMAND =
      Pattern.compile(
          "(?<![\\w./-])zowarmup (?=(?:train|resume|replay|report|watch|sweep|slurm|plan|evaluate"
              + "|export|config|devices|mpi|data|completion|check-layer)\\b|--with)");

  private CommandHint() {}

  /** The text with commands that can be typed as they are. */
  static String of(String text) {
    return of(text, System.getProperty("zowarmup.called", "zowarmup"));
  }

  /** A path as a word of a shell's line, whatever is in its name. */
  static String word(Path path) {
    String text = path.toString();
    return text.matches("[A-Za-z0-9_./,=+@%-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  static String of(String text, String name) {
    return COMMAND.matcher(text).replaceAll(Matcher.quoteReplacement(name + " "));
  }
}
