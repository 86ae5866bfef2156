package org.zowarmup.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/** Measurements for people: one line a benchmark and choice of parameters. */
final class ResultTable {
  private static final List<String> HEADS =
      List.of("benchmark", "model", "batch", "median", "least", "greatest", "n", "rate");

  /** Words are aligned left, figures right. */
  private static final int LEFT_COLUMNS = 2;

  private ResultTable() {}

  static List<String> lines(List<Measured> results) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADS);
    results.forEach(result -> rows.add(row(result)));
    int[] widths = new int[HEADS.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  private static List<String> row(Measured m) {
    return List.of(
        m.method(),
        m.model().kind() + " " + m.model().input(),
        m.batch() == 0 ? "-" : Integer.toString(m.batch()),
        time(m.median()),
        time(m.least()),
        time(m.greatest()),
        Long.toString(m.iterations()),
        m.rate().text());
  }

  private static String line(List<String> row, int[] widths) {
    StringJoiner line = new StringJoiner("   ", "  ", "");
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - row.get(i).length());
      line.add(i < LEFT_COLUMNS ? row.get(i) + padding : padding + row.get(i));
    }
    return line.toString();
  }

  /** Three digits and a unit, for example {@code 412 us}. */
  static String time(double seconds) {
    double micros = seconds * 1e6;
    // 999.5 and more would round to four digits.
    if (micros < 999.5) {
      return digits(micros) + " us";
    }
    return micros < 999.5e3 ? digits(micros / 1e3) + " ms" : digits(micros / 1e6) + " s";
  }

  private static String digits(double value) {
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
