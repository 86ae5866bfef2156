package org.zowarmup.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.commons.statistics.inference.TTest;
import org.zowarmup.error.Printable;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.MethodResult;

/**
 * The accuracies of a report for papers: means, deviations, differences that are paired by seed,
 * and Student's paired t test of them (two-sided).
 */
final class PaperTables {
  private static final List<String> HEAD =
      List.of(
          "cell",
          "method",
          "seeds",
          "pivot mean",
          "pivot sd",
          "final mean",
          "final sd",
          "pairs",
          "difference mean",
          "difference sd",
          "t",
          "p");

  private static final Map<Character, String> SPECIAL =
      Map.ofEntries(
          Map.entry('\\', "\\textbackslash{}"),
          Map.entry('~', "\\textasciitilde{}"),
          Map.entry('^', "\\textasciicircum{}"),
          Map.entry('<', "\\textless{}"),
          Map.entry('>', "\\textgreater{}"),
          Map.entry('|', "\\textbar{}"),
          Map.entry('"', "\\char34{}"),
          Map.entry('`', "\\char96{}"),
          Map.entry('[', "{[}"),
          Map.entry('*', "{*}"),
          Map.entry('&', "\\&"),
          Map.entry('%', "\\%"),
          Map.entry('$', "\\$"),
          Map.entry('#', "\\#"),
          Map.entry('_', "\\_"),
          Map.entry('{', "\\{"),
          Map.entry('}', "\\}"));

  private PaperTables() {}

  /**
   * A method of a cell, accuracies in percent.
   *
   * @param difference of the cell's first method minus this one, by seed; without pairs for the
   *     first
   * @param t NaN for fewer than two pairs
   * @param p likewise
   */
  record Row(
      String cell,
      String label,
      MeanAndDeviation pivot,
      MeanAndDeviation last,
      MeanAndDeviation difference,
      double t,
      double p) {}

  static List<Row> rows(List<Curve> curves) {
    List<Row> rows = new ArrayList<>();
    for (List<Curve> cell : Curve.byCell(curves)) {
      for (Curve curve : cell) {
        List<Double> first = new ArrayList<>();
        List<Double> own = new ArrayList<>();
        for (MethodResult one :
            curve.equals(cell.get(0)) ? List.<MethodResult>of() : cell.get(0).results()) {
          for (MethodResult two : curve.results()) {
            if (one.seed() == two.seed()) {
              first.add(100 * one.testAccuracy());
              own.add(100 * two.testAccuracy());
            }
          }
        }
        rows.add(
            row(
                curve,
                first.stream().mapToDouble(Double::doubleValue).toArray(),
                own.stream().mapToDouble(Double::doubleValue).toArray()));
      }
    }
    return rows;
  }

  private static Row row(Curve curve, double[] first, double[] own) {
    List<Double> differences = new ArrayList<>();
    for (int i = 0; i < own.length; i++) {
      differences.add(first[i] - own[i]);
    }
    double[] test = pairedTest(first, own);
    return new Row(
        curve.cellTitle(),
        curve.label(),
        percent(
            curve.spread(one -> one.pivotAccuracy() == null ? Double.NaN : one.pivotAccuracy())),
        percent(curve.spread(MethodResult::testAccuracy)),
        MeanAndDeviation.of(differences),
        test[0],
        test[1]);
  }

  /** t and two-sided p; not a number where differences do not vary. */
  static double[] pairedTest(double[] first, double[] own) {
    long different =
        IntStream.range(0, own.length).mapToDouble(i -> first[i] - own[i]).distinct().count();
    if (different < 2) {
      return new double[] {Double.NaN, Double.NaN};
    }
    TTest.Result test = TTest.withDefaults().pairedTest(first, own);
    return new double[] {test.getStatistic(), test.getPValue()};
  }

  private static MeanAndDeviation percent(MeanAndDeviation part) {
    return new MeanAndDeviation(part.count(), 100 * part.mean(), 100 * part.deviation());
  }

  static String csv(List<Curve> curves) {
    StringBuilder text = new StringBuilder(String.join(",", HEAD)).append('\n');
    for (Row row : rows(curves)) {
      List<Object> cells = new ArrayList<>(List.of(row.cell, row.label, row.last.count()));
      cells.addAll(List.of(row.pivot.mean(), row.pivot.deviation()));
      cells.addAll(List.of(row.last.mean(), row.last.deviation(), row.difference.count()));
      cells.addAll(List.of(row.difference.mean(), row.difference.deviation(), row.t, row.p));
      text.append(String.join(",", cells.stream().map(ChartNumbers::cell).toList())).append('\n');
    }
    return text.toString();
  }

  /** For the package booktabs. */
  static String latex(List<Curve> curves) {
    StringBuilder text =
        new StringBuilder(
            """
            % needs \\usepackage{booktabs}; accuracies in percent, mean \\pm sample standard deviation over seeds;
            % difference: the first method of its group minus this one, paired by seed; p: paired t test, two-sided; letters beyond Latin: xelatex
            \\begin{tabular}{lrrrrr}
            \\toprule
            method & seeds & at the pivot & final & difference & $p$ \\\\
            """);
    String cell = null;
    for (Row row : rows(curves)) {
      if (!row.cell.equals(cell)) {
        cell = row.cell;
        text.append("\\midrule\n");
        if (!cell.isEmpty()) {
          text.append("\\multicolumn{6}{l}{").append(escape(cell)).append("} \\\\\n");
        }
      }
      text.append(escape(row.label)).append(" & ").append(row.last.count());
      text.append(" & ").append(spread(row.pivot, "%.2f")).append(" & ");
      text.append(spread(row.last, "%.2f")).append(" & ").append(spread(row.difference, "%+.2f"));
      text.append(" & ").append(p(row.p)).append(" \\\\\n");
    }
    return text.append("\\bottomrule\n\\end{tabular}\n").toString();
  }

  private static String spread(MeanAndDeviation one, String format) {
    if (one.count() == 0) {
      return "--";
    }
    String deviation =
        one.count() < 2 ? "" : String.format(Locale.ROOT, " \\pm %.2f", one.deviation());
    return "$" + String.format(Locale.ROOT, format, one.mean()) + deviation + "$";
  }

  private static String p(double p) {
    return Double.isNaN(p)
        ? "--"
        : p < 0.001 ? "$<0.001$" : String.format(Locale.ROOT, "$%.3f$", p);
  }

  /**
   * Text as TeX sets it: no character of a name is a command, a ligature or, after the end of a
   * row, an option.
   */
  static String escape(String text) {
    StringBuilder tex = new StringBuilder();
    Printable.text(text)
        .chars()
        .forEach(c -> tex.append(SPECIAL.getOrDefault((char) c, "" + (char) c)));
    return tex.toString().replace("--", "-{}-");
  }
}
