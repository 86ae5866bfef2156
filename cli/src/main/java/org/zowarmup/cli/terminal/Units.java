package org.zowarmup.cli.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.methods.Methods;

/** Writes numbers and names for people. */
public final class Units {
  /** Characters that fit the terminals in which logs are read. */
  public static final int LINE_CHARS = 100;

  private static final String[] BYTES = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  private Units() {}

  /** A method as the field writes it. */
  public static String method(String name) {
    return Methods.label(name);
  }

  public static String phase(String name) {
    return name.equals("warmup") ? "warm-up" : name;
  }

  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A number with what is counted, for example {@code 1 seed} or {@code 3 seeds}. */
  public static String counted(long value, String one) {
    return count(value) + " " + one + (value == 1 ? "" : "s");
  }

  /** Three digits and a decimal unit, for example {@code 5.47 MB}. */
  public static String bytes(double bytes) {
    double value = bytes;
    int unit = 0;
    // 999.5 and more would round to four digits.
    while (value >= 999.5 && unit < BYTES.length - 1) {
      value /= 1000;
      unit++;
    }
    // A mean of whole bytes may have a fraction, which no one needs.
    int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + decimals + "f %s", value, BYTES[unit]);
  }

  /** The share of each of so many, a dash where there are none. */
  public static String each(double bytes, double count) {
    return count == 0 ? "-" : bytes(bytes / count);
  }

  /** For example {@code 41 of 45 low}, or {@code 5 high} where it is all of them. */
  public static String part(double some, int all, Client.Type type) {
    String name = type == Client.Type.HIGH ? " high" : " low";
    boolean whole = some == Math.rint(some);
    String count = whole ? count(Math.round(some)) : String.format(Locale.ROOT, "%.1f", some);
    return some == all ? count + name : count + " of " + count(all) + name;
  }

  /** A fraction in percent, a dash for none. */
  public static String percent(Double fraction) {
    return fraction == null || !Double.isFinite(fraction)
        ? "-"
        : String.format(Locale.ROOT, "%.2f %%", 100 * fraction);
  }

  /** A fraction in percentage points, without its unit; a dash for none. */
  public static String points(double fraction) {
    return Double.isFinite(fraction) ? String.format(Locale.ROOT, "%.2f", 100 * fraction) : "-";
  }

  /** The same with its sign. */
  public static String signedPoints(double fraction) {
    return Double.isFinite(fraction) ? String.format(Locale.ROOT, "%+.2f", 100 * fraction) : "-";
  }

  /** A duration, for example {@code 42.1 s} or {@code 3 min 12 s}. */
  public static String duration(double seconds) {
    if (seconds < 59.95) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
  }

  /** As a clock shows it, for example {@code 0:07} or {@code 1:02:03}. */
  public static String clock(double seconds) {
    long whole = Math.round(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole % 3600 / 60, whole % 60);
  }

  /** Breaks text between words; a word longer than a line keeps a line of its own. */
  public static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.strip().split("\\s+", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
