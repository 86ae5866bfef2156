package org.zowarmup.report;

import java.awt.BasicStroke;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.DeviationRenderer;
import org.jfree.chart.ui.Layer;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.xy.YIntervalSeries;
import org.jfree.data.xy.YIntervalSeriesCollection;
import org.zowarmup.record.MeanAndDeviation;

/**
 * Lines over one axis, each the mean over seeds with its deviation to either side: drawn here for
 * pictures and paper, and by the page's script for a screen.
 *
 * @param x words at the horizontal axis
 * @param y words at the vertical axis
 * @param pivots rounds that are marked
 * @param logX true where the horizontal axis is logarithmic, until a reader asks for another
 */
record Lines(String x, String y, List<Line> lines, List<Integer> pivots, boolean logX) {
  /** A line of more points shows the least and greatest of each stretch of rounds. */
  private static final int MOST_POINTS = 2000;

  /** Lines that end so many times as far as others would leave these no width to be seen in. */
  private static final double MOST_APART = 30;

  /** Bands of more lines than these lie upon each other until none can be distinguished. */
  private static final int MAX_BANDS = 5;

  private static final int MAX_PIVOTS = 6;

  /**
   * One line; its lists are of one length.
   *
   * @param color for example {@code #0072b2}
   * @param dash lengths of strokes and gaps in pixels, empty for a solid line
   * @param n seeds of each mean
   * @param sd sample standard deviation, NaN for one seed
   */
  record Line(
      String name,
      String color,
      List<Float> dash,
      List<Double> at,
      List<Double> mean,
      List<Double> sd,
      List<Integer> n) {

    static Line of(Curve curve, String name, SortedMap<? extends Number, MeanAndDeviation> values) {
      BasicStroke stroke = curve.stroke();
      List<Float> dash = new ArrayList<>();
      if (stroke.getDashArray() != null) {
        for (float length : stroke.getDashArray()) {
          dash.add(length);
        }
      }
      Line line =
          new Line(
              name,
              String.format(Locale.ROOT, "#%06x", curve.color().getRGB() & 0xffffff),
              dash,
              new ArrayList<>(),
              new ArrayList<>(),
              new ArrayList<>(),
              new ArrayList<>());
      List<? extends Map.Entry<? extends Number, MeanAndDeviation>> all =
          List.copyOf(values.entrySet());
      for (int i : shown(all.stream().mapToDouble(point -> point.getValue().mean()).toArray())) {
        MeanAndDeviation spread = all.get(i).getValue();
        line.at.add(all.get(i).getKey().doubleValue());
        line.mean.add(spread.mean());
        line.sd.add(spread.deviation());
        line.n.add(spread.count());
      }
      return line;
    }

    /** Places of what is drawn, which look like all: the ends, and what stands out between them. */
    static int[] shown(double[] means) {
      if (means.length <= MOST_POINTS) {
        return IntStream.range(0, means.length).toArray();
      }
      TreeSet<Integer> shown = new TreeSet<>(List.of(0, means.length - 1));
      int stretches = MOST_POINTS / 2 - 1;
      for (int s = 0; s < stretches; s++) {
        int from = Math.toIntExact((long) s * means.length / stretches);
        int to = Math.toIntExact((s + 1L) * means.length / stretches);
        Comparator<Integer> byMean = Comparator.comparingDouble(i -> means[i]);
        shown.add(IntStream.range(from, to).boxed().min(byMean).orElseThrow());
        shown.add(IntStream.range(from, to).boxed().max(byMean).orElseThrow());
      }
      return shown.stream().mapToInt(i -> i).toArray();
    }
  }

  Lines(String x, String y, List<Line> lines, List<Integer> pivots) {
    this(x, y, lines, pivots, false);
  }

  /** Lines over what was spent, which methods may differ in by orders of magnitude. */
  static Lines overCost(String x, String y, List<Line> lines) {
    double[] ends = lines.stream().mapToDouble(line -> line.at.get(line.at.size() - 1)).toArray();
    double least = Arrays.stream(ends).min().orElse(0);
    boolean apart = Arrays.stream(ends).max().orElse(0) > MOST_APART * least;
    return new Lines(x, y, lines, List.of(), apart);
  }

  /** True where the seeds' deviation is drawn as a band. */
  boolean hasBands() {
    return lines.size() <= MAX_BANDS && seeds() > 1;
  }

  /** The most seeds of any mean. */
  int seeds() {
    return lines.stream().flatMap(line -> line.n.stream()).mapToInt(n -> n).max().orElse(0);
  }

  /** True where nothing was measured. */
  boolean isEmpty() {
    return lines.stream().allMatch(line -> line.at.isEmpty());
  }

  /**
   * The same lines as a drawing.
   *
   * @param curves that give each line its colour and dashes
   */
  XYPlot plot(List<Curve> curves) {
    YIntervalSeriesCollection data = new YIntervalSeriesCollection();
    DeviationRenderer renderer = new DeviationRenderer(true, false);
    renderer.setDrawSeriesLineAsPath(true);
    renderer.setAlpha(0.16f);
    boolean bands = hasBands();
    for (int l = 0; l < lines.size(); l++) {
      Line line = lines.get(l);
      YIntervalSeries series = new YIntervalSeries(line.name);
      for (int i = 0; i < line.at.size(); i++) {
        double off = bands && line.n.get(i) > 1 ? line.sd.get(i) : 0;
        double mean = line.mean.get(i);
        series.add(line.at.get(i), mean, mean - off, mean + off);
      }
      renderer.setSeriesPaint(l, curves.get(l).color());
      renderer.setSeriesFillPaint(l, curves.get(l).color());
      renderer.setSeriesStroke(l, curves.get(l).stroke());
      data.addSeries(series);
    }
    NumberAxis range = new NumberAxis(y);
    range.setAutoRangeIncludesZero(false);
    if (logX) {
      return new XYPlot(data, ChartStyle.decades(x + ", logarithmic"), range, renderer);
    }
    NumberAxis domain = new NumberAxis(x);
    if (lines.stream().flatMap(line -> line.at.stream()).allMatch(at -> at == Math.rint(at))) {
      domain.setStandardTickUnits(NumberAxis.createIntegerTickUnits());
    } else {
      domain.setAutoRangeIncludesZero(false);
    }
    domain.setUpperMargin(0.02);
    domain.setLowerMargin(0.01);
    return new XYPlot(data, domain, range, renderer);
  }

  /** Marks the pivots, their words one below the other. */
  void markPivots(XYPlot plot, boolean top) {
    for (int p = 0; p < Math.min(MAX_PIVOTS, pivots.size()); p++) {
      ValueMarker marker = ChartStyle.marker(pivots.get(p), "pivot, round " + pivots.get(p), top);
      marker.setLabelOffset(new RectangleInsets(4 + 16 * p, 5, 4 + 16 * p, 5));
      plot.addDomainMarker(marker, Layer.FOREGROUND);
    }
  }
}
