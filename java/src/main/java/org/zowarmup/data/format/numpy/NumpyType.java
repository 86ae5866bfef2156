package org.zowarmup.data.format.numpy;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An element type of fixed size.
 *
 * @param kind numpy's letter: u unsigned, i signed, f floating point, b boolean, and what we only
 *     name: O objects, S and U text, V records, c complex, M and m times
 * @param bytes of an element
 * @param bigEndian order of its bytes
 */
public record NumpyType(char kind, int bytes, boolean bigEndian) {
  private static final Pattern TEXT = Pattern.compile("([<>|=]?)([a-zA-Z])(\\d{0,9})(\\[.*\\])?");

  /**
   * @param text such as {@code |u1} or {@code <i8}
   * @return null where this is no type of one element
   */
  public static NumpyType parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    char kind = matcher.group(2).charAt(0);
    String digits = matcher.group(3);
    if (kind == '?') {
      return new NumpyType('b', 1, false);
    }
    int bytes = digits.isEmpty() ? (kind == 'O' ? 8 : 1) : Integer.parseInt(digits);
    return new NumpyType(kind, bytes, matcher.group(1).equals(">"));
  }

  NumpyType withBigEndian(boolean big) {
    return new NumpyType(kind, bytes, big);
  }

  /** This type with the order of bytes that a pickle states: {@code <}, {@code >}, | or =. */
  public NumpyType ordered(String order) {
    return withBigEndian(order.equals(">"));
  }

  public boolean isUint8() {
    return kind == 'u' && bytes == 1;
  }

  public boolean isInteger() {
    return (kind == 'u' || kind == 'i') && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
  }

  /** Objects, for which a reader would have to run what the file says. */
  public boolean isObject() {
    return kind == 'O';
  }

  /** As people write it. */
  @Override
  public String toString() {
    return switch (kind) {
      case 'u' -> "uint" + 8 * bytes;
      case 'i' -> "int" + 8 * bytes;
      case 'f' -> "float" + 8 * bytes;
      case 'b' -> "bool";
      case 'O' -> "object";
      case 'c' -> "complex" + 8 * bytes;
      case 'S', 'a' -> "bytes of length " + bytes;
      case 'U' -> "text of length " + bytes;
      default -> String.format(Locale.ROOT, "type %c%d", kind, bytes);
    };
  }
}
