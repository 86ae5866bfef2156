package org.zowarmup.data.format.pickle;

import java.nio.charset.StandardCharsets;

/** The values that protocol 0 writes as lines of text. */
final class PickleText {
  private PickleText() {}

  /** A whole number, or {@code 01} and {@code 00} for true and false. */
  static Object number(PickleInput in, long at, String line) {
    if (line.equals("01") || line.equals("00")) {
      return line.equals("01");
    }
    try {
      return Long.valueOf(line);
    } catch (NumberFormatException e) {
      throw in.bad(at, "a whole number of at most 64 bits", PickleMaker.describe(line));
    }
  }

  static long index(PickleInput in, long at, String line) {
    if (number(in, at, "0" + line) instanceof Boolean value) {
      return value ? 1 : 0;
    }
    return (Long) number(in, at, "0" + line);
  }

  static Double floating(PickleInput in, long at, String line) {
    try {
      return line.equals("nan")
          ? Double.valueOf(Double.NaN)
          : Double.valueOf(line.replace("inf", "Infinity"));
    } catch (NumberFormatException e) {
      throw in.bad(at, "a number", PickleMaker.describe(line));
    }
  }

  /** Python 2's bytes in quotes, with its escapes. */
  static PickleBytes string(PickleInput in, long at, String line) {
    int last = line.length() - 1;
    boolean quoted =
        last > 0
            && (line.charAt(0) == '\'' || line.charAt(0) == '"')
            && line.charAt(last) == line.charAt(0);
    if (!quoted) {
      throw in.bad(at, "a string in quotes", PickleMaker.describe(line));
    }
    StringBuilder text = new StringBuilder(line.length());
    for (int i = 1; i < last; i++) {
      char c = line.charAt(i);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      char escape = line.charAt(++i);
      switch (escape) {
        case 'n' -> text.append('\n');
        case 'r' -> text.append('\r');
        case 't' -> text.append('\t');
        case '\\', '\'', '"' -> text.append(escape);
        case 'x' -> {
          text.append((char) hex(in, at, line, i + 1, 2));
          i += 2;
        }
        default -> throw in.bad(at, "an escape of Python", "\\" + escape);
      }
    }
    return PickleBytes.of(
        text.toString().getBytes(StandardCharsets.ISO_8859_1), in.source().name());
  }

  /** Text in Python's raw-unicode-escape: a character a byte, others as {@code \\uXXXX}. */
  static String unicode(PickleInput in, long at, String line) {
    if (line.indexOf('\\') < 0) {
      return line;
    }
    StringBuilder text = new StringBuilder(line.length());
    for (int i = 0; i < line.length(); i++) {
      boolean escaped = line.charAt(i) == '\\' && i + 1 < line.length();
      char kind = escaped ? line.charAt(i + 1) : 0;
      if (kind != 'u' && kind != 'U') {
        text.append(line.charAt(i));
        continue;
      }
      int digits = kind == 'u' ? 4 : 8;
      int code = hex(in, at, line, i + 2, digits);
      if (!Character.isValidCodePoint(code)) {
        throw in.bad(at, "a character", "code " + code);
      }
      text.appendCodePoint(code);
      i += 1 + digits;
    }
    return text.toString();
  }

  private static int hex(PickleInput in, long at, String line, int from, int digits) {
    try {
      return Integer.parseInt(line, from, from + digits, 16);
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw in.bad(at, "%d hexadecimal digits".formatted(digits), "others");
    }
  }
}
