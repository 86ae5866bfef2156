package org.zowarmup.report;

import java.awt.BasicStroke;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.DeviationRenderer;
import org.jfree.data.xy.YIntervalSeries;
import org.jfree.data.xy.YIntervalSeriesCollection;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.RoundMetrics;

/** Accuracy and loss over rounds and over swept keys, and how the probes' scalars are spread. */
final class RoundCharts {
  /** More cells than these are in the tables only. */
  private static final int MAX_CELLS = 6;

  /** Swept keys that have a chart of their own. */
  private static final int MAX_KEYS = 3;

  private RoundCharts() {}

  /** Accuracy, losses and metrics of a user's own over rounds, one chart a cell. */
  static List<Figure> overRounds(List<Curve> curves) {
    List<Figure> figures = new ArrayList<>();
    figures.addAll(
        overRounds(
            curves,
            "accuracy",
            "Test accuracy over rounds",
            (curve, row) -> row.testAccuracy(),
            100,
            "test accuracy in %",
            420));
    figures.addAll(
        overRounds(
            curves,
            "test-loss",
            "Test loss over rounds",
            (curve, row) -> row.testLoss(),
            1,
            "mean test loss",
            320));
    figures.addAll(
        overRounds(
            curves,
            "train-loss",
            "Training loss over rounds",
            (curve, row) -> row.trainLoss(),
            1,
            "mean loss of the cohort",
            320));
    Set<String> own = new TreeSet<>();
    curves.forEach(curve -> own.addAll(curve.run().namesOfOwnMetrics()));
    for (String name : own) {
      figures.addAll(
          overRounds(
              curves,
              "metric-" + name,
              "Metric " + name + " over rounds",
              (curve, row) -> curve.run().ownMetric(name, row),
              1,
              name,
              320));
    }
    return figures;
  }

  private static List<Figure> overRounds(
      List<Curve> curves,
      String id,
      String title,
      BiFunction<Curve, RoundMetrics, Double> column,
      double factor,
      String axis,
      int height) {
    List<Figure> figures = new ArrayList<>();
    List<List<Curve>> cells = Curve.firstCells(curves, MAX_CELLS);
    for (List<Curve> cell : cells) {
      Lines lines =
          new Lines(
              "round",
              axis,
              cell.stream()
                  .map(
                      c ->
                          Lines.Line.of(
                              c,
                              c.label(),
                              scaled(c.overRounds(row -> column.apply(c, row)), factor)))
                  .toList(),
              cell.stream().map(Curve::pivot).filter(pivot -> pivot > 0).distinct().toList());
      if (!lines.isEmpty()) {
        XYPlot plot = lines.plot(cell);
        lines.markPivots(plot, factor == 1);
        figures.add(
            new Figure(
                cell.get(0).chartId(id, cells.size() == 1),
                cell.get(0).chartTitle(title),
                caption(lines),
                ChartStyle.styled(plot, true),
                height,
                330 + 18 * cell.size(),
                lines));
      }
    }
    return figures;
  }

  private static SortedMap<Integer, MeanAndDeviation> scaled(
      SortedMap<Integer, MeanAndDeviation> values, double factor) {
    values.replaceAll(
        (round, one) ->
            new MeanAndDeviation(one.count(), one.mean() * factor, one.deviation() * factor));
    return values;
  }

  private static String caption(Lines lines) {
    if (lines.seeds() < 2) {
      return "One seed, so there is no band: a spread needs repeats above 1.";
    }
    return "Lines: mean over up to %d seeds%s."
        .formatted(
            lines.seeds(),
            lines.hasBands()
                ? "; bands: one sample standard deviation to either side"
                : "; the spread of so many lines is in the table and the bars");
  }

  /**
   * Final accuracy over each key that runs differ in by numbers, for example the pivot: one line
   * for each method and value of the other keys.
   */
  static List<Figure> overKeys(List<Curve> curves) {
    List<RunRecords> runs = curves.stream().map(Curve::run).distinct().toList();
    if (runs.size() < 3) {
      return List.of();
    }
    List<Map<String, String>> values = Cell.values(runs);
    List<Figure> figures = new ArrayList<>();
    Set<String> shown = new LinkedHashSet<>();
    for (String key : values.get(0).keySet()) {
      boolean numeric = values.stream().allMatch(own -> number(own.get(key)) != null);
      boolean known = shown.stream().anyMatch(other -> follows(values, other, key));
      if (numeric && !known && figures.size() < MAX_KEYS) {
        Figure figure = overKey(curves, runs, values, key);
        if (figure != null) {
          shown.add(key);
          figures.add(figure);
        }
      }
    }
    return figures;
  }

  private static Figure overKey(
      List<Curve> curves, List<RunRecords> runs, List<Map<String, String>> values, String key) {
    Map<String, List<Curve>> groups = new LinkedHashMap<>();
    for (Curve curve : curves) {
      Map<String, String> own = values.get(runs.indexOf(curve.run()));
      StringBuilder name = new StringBuilder(Methods.label(curve.method()));
      own.forEach(
          (other, value) -> {
            boolean decided = follows(values, key, other) && !Cell.isOfCell(other);
            if (!other.equals(key) && !decided && !Cell.areOneBudget(key, other)) {
              name.append(", ").append(other).append('=').append(value);
            }
          });
      groups.computeIfAbsent(name.toString(), n -> new ArrayList<>()).add(curve);
    }
    List<Lines.Line> lines = new ArrayList<>();
    List<Curve> first = new ArrayList<>();
    groups.forEach(
        (name, group) -> {
          TreeMap<Double, MeanAndDeviation> points = new TreeMap<>();
          for (Curve curve : group) {
            MeanAndDeviation one = curve.spread(MethodResult::testAccuracy);
            if (one.count() > 0) {
              points.put(
                  number(values.get(runs.indexOf(curve.run())).get(key)),
                  new MeanAndDeviation(one.count(), 100 * one.mean(), 100 * one.deviation()));
            }
          }
          if (points.size() > 1) {
            Curve like = group.get(0);
            first.add(
                new Curve(like.run(), like.method(), 0, name, "", like.hue(), lines.size() / 2));
            lines.add(Lines.Line.of(first.get(first.size() - 1), name, points));
          }
        });
    if (lines.stream().noneMatch(line -> line.at().size() > 2)) {
      return null;
    }
    Lines all = new Lines(key, "final test accuracy in %", lines, List.of());
    return new Figure(
        "over-" + key.replaceAll("[^A-Za-z0-9]+", "-"),
        "Final accuracy over " + key,
        caption(all),
        ChartStyle.styled(all.plot(first), true),
        360,
        330 + 18 * lines.size(),
        all);
  }

  /** True where the value of one key decides that of the other in all runs. */
  private static boolean follows(List<Map<String, String>> values, String key, String other) {
    return values.stream().map(own -> own.get(key) + " " + own.get(other)).distinct().count()
        == values.stream().map(own -> own.get(key)).distinct().count();
  }

  private static Double number(String value) {
    try {
      return Double.valueOf(value);
    } catch (NumberFormatException notOne) {
      return null;
    }
  }

  /** Quantiles of the scalars of each round, of the first method and seed that has probes. */
  static Figure scalars(List<Curve> curves) {
    for (Curve curve : curves) {
      for (var probes : curve.run().probes().entrySet()) {
        if (probes.getKey().method().equals(curve.method()) && !probes.getValue().isEmpty()) {
          YIntervalSeries most = new YIntervalSeries("5 % to 95 %");
          YIntervalSeries half = new YIntervalSeries("25 % to 75 %, median");
          List<Map.Entry<Integer, Map<String, Double>>> all =
              List.copyOf(probes.getValue().entrySet());
          double[] medians = all.stream().mapToDouble(e -> e.getValue().get("median")).toArray();
          for (int i : Lines.Line.shown(medians)) {
            int round = all.get(i).getKey();
            Map<String, Double> row = all.get(i).getValue();
            most.add(round, row.get("median"), row.get("q05"), row.get("q95"));
            half.add(round, row.get("median"), row.get("q25"), row.get("q75"));
          }
          YIntervalSeriesCollection data = new YIntervalSeriesCollection();
          data.addSeries(most);
          data.addSeries(half);
          DeviationRenderer renderer = new DeviationRenderer(true, false);
          renderer.setDrawSeriesLineAsPath(true);
          renderer.setAlpha(0.22f);
          for (int s = 0; s < 2; s++) {
            renderer.setSeriesPaint(s, curve.color());
            renderer.setSeriesFillPaint(s, curve.color());
            renderer.setSeriesStroke(s, new BasicStroke(s == 0 ? 0.1f : 1.6f));
          }
          NumberAxis rounds = new NumberAxis("round");
          rounds.setAutoRangeIncludesZero(false);
          rounds.setStandardTickUnits(NumberAxis.createIntegerTickUnits());
          XYPlot plot = new XYPlot(data, rounds, new NumberAxis("scalar g of a probe"), renderer);
          return new Figure(
              "scalars",
              "What the probes send",
              "Quantiles of the scalars g = (L(w + eps z) - L(w - eps z)) / (2 eps), or one-sided (L(w + eps z) - L(w)) / eps before fzoo divides them, of every round: the line is their median, the dark band holds the middle half, the pale one 5 %% to 95 %%. %s, seed %d."
                  .formatted(curve.fullLabel(), probes.getKey().seed()),
              ChartStyle.styled(plot, false),
              320,
              340);
        }
      }
    }
    return null;
  }
}
