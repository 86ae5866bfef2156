package org.zowarmup.error;

import java.util.regex.Pattern;

/**
 * Text from outside, such as a name of a class or of a file, for a line that people read: without
 * line breaks, sequences that control a terminal, and letters that turn the order of a line round.
 */
public final class Printable {
  /** Longer names say nothing more. */
  private static final int MAX_NAME = 1000;

  /** A regular expression of what is left out; the layout of the log has it too. */
  public static final String UNSAFE =
      "[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff]";

  private static final Pattern PATTERN = Pattern.compile(UNSAFE);

  private Printable() {}

  /** The text with a question mark for each such letter. */
  public static String text(String text) {
    return PATTERN.matcher(text).replaceAll("?");
  }

  /** A name of at most a thousand letters. */
  public static String name(String text) {
    String line = text(text);
    return line.length() <= MAX_NAME ? line : line.substring(0, MAX_NAME - 3) + "...";
  }
}
