package org.zowarmup.report;

import java.awt.Color;
import java.awt.Paint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StackedBarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.renderer.category.StatisticalBarRenderer;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.statistics.DefaultStatisticalCategoryDataset;
import org.zowarmup.federated.Client;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.RunDescription;

/** Charts of the cost: bytes, memory and time; and the final accuracies side by side. */
final class CostCharts {
  /** More cells than these are in the tables only. */
  private static final int MAX_CELLS = 6;

  private CostCharts() {}

  /** Mean and spread of the final accuracies of each cell that has several. */
  static List<Figure> compared(List<Curve> curves) {
    List<Figure> figures = new ArrayList<>();
    for (List<Curve> cell : Curve.byCell(curves)) {
      DefaultStatisticalCategoryDataset data = new DefaultStatisticalCategoryDataset();
      List<Color> colors = new ArrayList<>();
      for (Curve curve : cell) {
        MeanAndDeviation spread = curve.spread(MethodResult::testAccuracy);
        if (spread.count() > 0) {
          double deviation = spread.count() < 2 ? 0 : 100 * spread.deviation();
          data.add(100 * spread.mean(), deviation, "accuracy", curve.label());
          colors.add(curve.color());
        }
      }
      if (data.getColumnCount() > 1 && figures.size() < MAX_CELLS) {
        figures.add(compared(data, colors, cell));
      }
    }
    return figures;
  }

  /** Bars in the colours of their methods. */
  private static final class ColoredBars extends StatisticalBarRenderer {
    private static final long serialVersionUID = 1;
    private final List<Color> colors;

    ColoredBars(List<Color> colors) {
      this.colors = List.copyOf(colors);
    }

    @Override
    public Paint getItemPaint(int row, int column) {
      return colors.get(column);
    }
  }

  private static Figure compared(
      DefaultStatisticalCategoryDataset data, List<Color> colors, List<Curve> cell) {
    Curve first = cell.get(0);
    boolean early =
        cell.stream().flatMap(one -> one.results().stream()).anyMatch(MethodResult::endedEarly);
    StatisticalBarRenderer renderer = new ColoredBars(colors);
    renderer.setBarPainter(new StandardBarPainter());
    renderer.setShadowVisible(false);
    renderer.setDrawBarOutline(false);
    renderer.setErrorIndicatorPaint(ChartStyle.INK);
    renderer.setMaximumBarWidth(0.25);
    NumberAxis range = new NumberAxis("final test accuracy in %");
    range.setAutoRangeIncludesZero(true);
    CategoryPlot plot =
        ChartStyle.horizontal(new CategoryPlot(data, new CategoryAxis(), range, renderer));
    return new Figure(
        first.chartId("compared", first.cellTitle().isEmpty()),
        first.chartTitle("Side by side"),
        "Mean over the seeds and one sample standard deviation to either side, with %s, the same partitions and the same initial weights."
            .formatted(
                early
                    ? "as many rounds as evaluate.patience gave each, at most the same"
                    : "the same number of rounds"),
        ChartStyle.styled(plot, false),
        110 + 44 * data.getColumnCount(),
        120 + 44 * data.getColumnCount());
  }

  /** Bytes of one client of each class over the whole run, on a logarithmic axis. */
  static Figure bytes(List<Curve> curves) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    for (Curve curve : curves) {
      for (MethodResult one : curve.results().stream().limit(1).toList()) {
        double high = curve.clients(one, Client.Type.HIGH);
        double low = curve.clients(one, Client.Type.LOW);
        add(data, curve, "high", "sent", one.totalTraffic().upHigh(), high);
        add(data, curve, "high", "received", one.totalTraffic().downHigh(), high);
        add(data, curve, "low", "sent", one.totalTraffic().upLow(), low);
        add(data, curve, "low", "received", one.totalTraffic().downLow(), low);
      }
    }
    if (data.getColumnCount() == 0) {
      return null;
    }
    return logBars(
        data,
        "bytes",
        "Bytes of one client",
        "MB over the whole run, logarithmic",
        "Mean of the clients of a class that took part, first seed. A class without a bar sends or"
            + " receives nothing.");
  }

  private static void add(
      DefaultCategoryDataset data,
      Curve curve,
      String who,
      String what,
      long bytes,
      double clients) {
    if (clients > 0 && bytes > 0) {
      data.addValue(bytes / 1e6 / clients, what, curve.fullLabel() + ", " + who);
    }
  }

  /** Planned memory of a client by what it does. */
  static Figure memory(List<Curve> curves) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    // one group of bars for each model and batch, in the order of the curves
    Map<RunDescription.Memory, String> models = new LinkedHashMap<>();
    for (Curve curve : curves) {
      RunDescription run = curve.run().description().orElse(null);
      if (run != null && !models.containsKey(run.memory())) {
        String model =
            "%s, %,d parameters".formatted(run.network().name(), run.network().parameters());
        models.put(
            run.memory(), models.containsValue(model) ? model + ", " + curve.fullLabel() : model);
      }
    }
    models.forEach(
        (planned, model) -> {
          String of = models.size() > 1 ? model + ": " : "";
          data.addValue(planned.trainBytes() / 1e6, "memory", of + "training step (high-resource)");
          data.addValue(planned.probeBytes() / 1e6, "memory", of + "probe (low-resource)");
          if (planned.subTrainBytes() > 0) {
            data.addValue(
                planned.subTrainBytes() / 1e6,
                "memory",
                of + "sub-network's training step (low-resource)");
          }
        });
    return data.getColumnCount() == 0
        ? null
        : logBars(
            data,
            "memory",
            "Peak memory of a client",
            "MB, logarithmic",
            "Planned: a training step keeps weights, gradients, momentum and all activations; a"
                + " probe two copies of the weights and the activations at hand.");
  }

  private static Figure logBars(
      DefaultCategoryDataset data, String id, String title, String axis, String caption) {
    BarRenderer renderer = ClassCharts.bars();
    renderer.setSeriesPaint(0, ChartStyle.color(0));
    renderer.setSeriesPaint(1, ChartStyle.color(5));
    LogAxis range = ChartStyle.decades(axis);
    double least = Double.MAX_VALUE;
    double most = 0;
    for (int r = 0; r < data.getRowCount(); r++) {
      for (int c = 0; c < data.getColumnCount(); c++) {
        Number value = data.getValue(r, c);
        if (value != null && value.doubleValue() > 0) {
          least = Math.min(least, value.doubleValue());
          most = Math.max(most, value.doubleValue());
        }
      }
    }
    if (most == 0) {
      return null; // of a damaged description
    }
    double floor = Math.pow(10, Math.floor(Math.log10(least)) - (data.getRowCount() > 1 ? 0 : 1));
    range.setRange(floor, Math.pow(10, Math.ceil(Math.log10(most * 1.001))));
    renderer.setBase(floor);
    renderer.setMaximumBarWidth(0.25);
    CategoryPlot plot =
        ChartStyle.horizontal(new CategoryPlot(data, new CategoryAxis(), range, renderer));
    int rows = data.getColumnCount() * (data.getRowCount() > 1 ? 2 : 1);
    return new Figure(
        id,
        title,
        caption,
        ChartStyle.styled(plot, data.getRowCount() > 1),
        120 + 26 * rows,
        130 + 26 * rows);
  }

  static Figure time(List<Curve> curves) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    for (Curve curve : curves) {
      data.addValue(curve.seconds("warmup"), "warm-up", curve.fullLabel());
      data.addValue(curve.seconds("zo"), "zeroth-order", curve.fullLabel());
    }
    StackedBarRenderer renderer = new StackedBarRenderer();
    renderer.setBarPainter(new StandardBarPainter());
    renderer.setShadowVisible(false);
    renderer.setMaximumBarWidth(0.25);
    renderer.setSeriesPaint(0, ChartStyle.color(4));
    renderer.setSeriesPaint(1, ChartStyle.color(0));
    CategoryPlot plot =
        ChartStyle.horizontal(
            new CategoryPlot(
                data, new CategoryAxis(), new NumberAxis("seconds of one seed"), renderer));
    return new Figure(
        "time",
        "Time of each phase",
        "Wall time of the simulation, evaluations included, mean over the seeds.",
        ChartStyle.styled(plot, true),
        120 + 40 * data.getColumnCount(),
        130 + 40 * data.getColumnCount());
  }
}
