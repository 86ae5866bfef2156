package org.zowarmup.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.BasicStroke;
import java.awt.geom.Ellipse2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** The zeroth-order estimator beside back-propagation, at the pivot. */
final class EstimatorCharts {
  private EstimatorCharts() {}

  /** Diagnostics of one method and seed. */
  private record Measured(Curve curve, long seed, JsonNode data) {}

  private static List<Measured> measured(List<Curve> curves) {
    List<Measured> all = new ArrayList<>();
    for (Curve curve : curves) {
      for (long seed : curve.seeds()) {
        JsonNode data = curve.run().diagnostics(curve.method(), seed);
        if (!data.isMissingNode()) {
          all.add(new Measured(curve, seed, data));
        }
      }
    }
    return all;
  }

  /** Cosine, variance and noise floor in numbers; empty where nothing was measured. */
  static String table(List<Curve> curves) {
    List<List<String>> rows = new ArrayList<>();
    for (Measured one : measured(curves)) {
      JsonNode d = one.data();
      double floor = Double.NaN;
      for (JsonNode step : d.path("steps")) {
        if (step.path("epsilon").asDouble() == d.path("epsilon").asDouble()) {
          floor = step.path("relativeError").asDouble(Double.NaN);
        }
      }
      rows.add(
          List.of(
              one.curve().fullLabel() + ", seed " + one.seed(),
              String.format(Locale.ROOT, "%.4f", d.path("cosine").asDouble()),
              String.format(Locale.ROOT, "%.4f", d.path("cosineExpected").asDouble()),
              String.format(Locale.ROOT, "%.5f", d.path("cosineOfScalarsAndSlopes").asDouble()),
              String.format(Locale.ROOT, "%.2f", d.path("varianceOverSquaredNorm").asDouble()),
              String.format(Locale.ROOT, "%.2e", floor)));
    }
    return rows.isEmpty()
        ? ""
        : ReportPage.table(
            List.of(
                "at the pivot",
                "cosine to the gradient",
                "expected, sqrt(S/(S+d-1))",
                "scalars against slopes",
                "variance / |gradient|²",
                "relative error at this eps"),
            rows);
  }

  /** Error of the scalars against the length of the step: rounding left, curvature right. */
  static Figure noiseFloor(List<Curve> curves) {
    XYSeriesCollection data = new XYSeriesCollection();
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, true);
    String precision = "";
    for (Measured one : measured(curves)) {
      if (data.getSeriesCount() >= ChartStyle.COLORS.size()) {
        break;
      }
      XYSeries series = new XYSeries(one.curve().fullLabel() + ", seed " + one.seed());
      for (JsonNode step : one.data().path("steps")) {
        if (step.path("relativeError").asDouble() > 0) {
          series.add(step.path("epsilon").asDouble(), step.path("relativeError").asDouble());
        }
      }
      int s = data.getSeriesCount();
      renderer.setSeriesPaint(s, ChartStyle.color(s));
      renderer.setSeriesStroke(s, new BasicStroke(2));
      renderer.setSeriesShape(s, new Ellipse2D.Double(-3.5, -3.5, 7, 7));
      precision = one.data().path("precision").asText();
      data.addSeries(series);
    }
    if (data.getSeriesCount() == 0) {
      return null;
    }
    XYPlot plot =
        new XYPlot(
            data,
            ChartStyle.decades("step eps"),
            ChartStyle.decades("relative error of the scalars"),
            renderer);
    return new Figure(
        "noise-floor",
        "Noise floor of the precision",
        "How far the scalars are from the slopes z . gradient of back-propagation, relative, in %s: rounding grows to the left, curvature to the right."
            .formatted(precision),
        ChartStyle.styled(plot, true),
        340,
        360);
  }

  /** Each probed direction: what the probe says against what back-propagation says. */
  static Figure slopes(List<Curve> curves) {
    List<Measured> all = measured(curves);
    if (all.isEmpty()) {
      return null;
    }
    Measured one = all.get(0);
    XYSeries points = new XYSeries("a direction");
    double reach = 0;
    for (int s = 0; s < one.data().path("slopes").size(); s++) {
      double x = one.data().path("slopes").get(s).asDouble();
      points.add(x, one.data().path("scalars").get(s).asDouble());
      reach = Math.max(reach, Math.abs(x));
    }
    XYSeries identity = new XYSeries("equal");
    identity.add(-reach, -reach);
    identity.add(reach, reach);
    XYSeriesCollection data = new XYSeriesCollection();
    data.addSeries(points);
    data.addSeries(identity);
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer();
    renderer.setSeriesLinesVisible(0, false);
    renderer.setSeriesShape(0, new Ellipse2D.Double(-3.5, -3.5, 7, 7));
    renderer.setSeriesPaint(0, ChartStyle.color(0));
    renderer.setSeriesShapesVisible(1, false);
    renderer.setSeriesPaint(1, ChartStyle.color(1));
    XYPlot plot =
        new XYPlot(
            data,
            new NumberAxis("slope z . gradient, by back-propagation"),
            new NumberAxis("scalar g, by two forward passes"),
            renderer);
    return new Figure(
        "slopes",
        "Scalars against slopes",
        "%d directions at the pivot on the same %d images: %s, seed %d."
            .formatted(
                points.getItemCount(),
                one.data().path("images").asInt(),
                one.curve().fullLabel(),
                one.seed()),
        ChartStyle.styled(plot, true),
        340,
        380);
  }
}
