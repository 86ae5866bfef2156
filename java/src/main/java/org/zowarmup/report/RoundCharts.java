package org.zowarmup.report;

import java.awt.BasicStroke;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.DeviationRenderer;
import org.jfree.chart.ui.Layer;
import org.jfree.data.xy.YIntervalSeries;
import org.jfree.data.xy.YIntervalSeriesCollection;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.RoundMetrics;

/** Accuracy and loss over rounds, and how the probes' scalars are spread. */
final class RoundCharts {
  /** Bands of more methods than these lie upon each other until none can be told. */
  private static final int MAX_BANDS = 5;

  /** Names that fit a line of the legend of a narrow chart. */
  private static final int NAMES_A_LINE = 2;

  private RoundCharts() {}

  static Figure accuracy(List<Curve> curves) {
    return overRounds(
        curves,
        "accuracy",
        "Test accuracy over rounds",
        RoundMetrics::testAccuracy,
        100,
        "test accuracy in %",
        420);
  }

  static Figure testLoss(List<Curve> curves) {
    return overRounds(
        curves,
        "test-loss",
        "Test loss over rounds",
        RoundMetrics::testLoss,
        1,
        "mean test loss",
        320);
  }

  static Figure trainLoss(List<Curve> curves) {
    return overRounds(
        curves,
        "train-loss",
        "Training loss over rounds",
        RoundMetrics::trainLoss,
        1,
        "mean loss of the cohort",
        320);
  }

  private static Figure overRounds(
      List<Curve> curves,
      String id,
      String title,
      Function<RoundMetrics, Double> column,
      double factor,
      String axis,
      int height) {
    YIntervalSeriesCollection data = new YIntervalSeriesCollection();
    DeviationRenderer renderer = renderer();
    int most = 1;
    boolean bands = curves.size() <= MAX_BANDS;
    for (Curve curve : curves) {
      YIntervalSeries series = new YIntervalSeries(curve.label());
      TreeMap<Integer, MeanAndDeviation> values = curve.overRounds(column);
      values.forEach(
          (round, spread) -> {
            double off = spread.count() < 2 || !bands ? 0 : spread.deviation() * factor;
            double mean = spread.mean() * factor;
            series.add(round, mean, mean - off, mean + off);
          });
      most = Math.max(most, curve.seeds().size());
      paint(renderer, data.getSeriesCount(), curve);
      data.addSeries(series);
    }
    NumberAxis rounds = new NumberAxis("round");
    rounds.setStandardTickUnits(NumberAxis.createIntegerTickUnits());
    rounds.setUpperMargin(0.02);
    rounds.setLowerMargin(0.01);
    NumberAxis range = new NumberAxis(axis);
    range.setAutoRangeIncludesZero(false);
    XYPlot plot = new XYPlot(data, rounds, range, renderer);
    markPivots(plot, curves, factor == 1);
    String caption =
        most > 1
            ? "Lines: mean over up to %d seeds%s."
                .formatted(
                    most,
                    bands
                        ? "; bands: one sample standard deviation to either side"
                        : "; the spread of so many methods is in the table and the bars")
            : "One seed, so there is no band: a spread needs repeats above 1.";
    return new Figure(
        id, title, caption, ChartStyle.styled(plot, true), height, narrowHeight(curves));
  }

  private static int narrowHeight(List<Curve> curves) {
    return 330 + 18 * ((curves.size() + NAMES_A_LINE - 1) / NAMES_A_LINE);
  }

  static DeviationRenderer renderer() {
    DeviationRenderer renderer = new DeviationRenderer(true, false);
    renderer.setDrawSeriesLineAsPath(true);
    return renderer;
  }

  private static void paint(DeviationRenderer renderer, int series, Curve curve) {
    renderer.setSeriesPaint(series, curve.color());
    renderer.setSeriesFillPaint(series, ChartStyle.pale(curve.color(), 255));
    renderer.setSeriesStroke(series, curve.stroke());
    renderer.setAlpha(0.16f);
  }

  private static void markPivots(XYPlot plot, List<Curve> curves, boolean top) {
    curves.stream()
        .map(Curve::pivot)
        .filter(pivot -> pivot > 0)
        .distinct()
        .limit(6)
        .forEach(
            pivot ->
                plot.addDomainMarker(
                    ChartStyle.marker(pivot, "pivot, round " + pivot, top), Layer.FOREGROUND));
  }

  /** Quantiles of the scalars of each round, of the first method and seed that has probes. */
  static Figure scalars(List<Curve> curves) {
    for (Curve curve : curves) {
      for (var probes : curve.run().probes().entrySet()) {
        if (probes.getKey().method().equals(curve.method()) && !probes.getValue().isEmpty()) {
          YIntervalSeries most = new YIntervalSeries("5 % to 95 %");
          YIntervalSeries half = new YIntervalSeries("25 % to 75 %, median");
          probes
              .getValue()
              .forEach(
                  (round, row) -> {
                    most.add(round, row.get("median"), row.get("q05"), row.get("q95"));
                    half.add(round, row.get("median"), row.get("q25"), row.get("q75"));
                  });
          YIntervalSeriesCollection data = new YIntervalSeriesCollection();
          data.addSeries(most);
          data.addSeries(half);
          DeviationRenderer renderer = renderer();
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
                  .formatted(curve.label(), probes.getKey().seed()),
              ChartStyle.styled(plot, false),
              320,
              340);
        }
      }
    }
    return null;
  }
}
