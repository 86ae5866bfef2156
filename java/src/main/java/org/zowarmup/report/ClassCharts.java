package org.zowarmup.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.awt.Font;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.XYTextAnnotation;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.CategoryLabelPositions;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.LookupPaintScale;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.renderer.xy.XYBlockRenderer;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.xy.DefaultXYZDataset;
import org.zowarmup.error.BadDataException;

/** Accuracy of each class, and which class is taken for which. */
final class ClassCharts {
  private static final int MAX_WRITTEN = 12;
  private static final int MAX_NAMED = 40;
  private static final int MAX_MATRICES = 4;

  /** Classes whose matrix can be seen as a picture. */
  private static final int MAX_DRAWN = 200;

  private static final int MAX_BARS_OF_A_CLASS = 5;

  private ClassCharts() {}

  /** Sum of the confusion matrices of all seeds; null where there is none, or too large a one. */
  private static double[][] matrix(Curve curve) {
    double[][] sum = null;
    for (long seed : curve.seeds()) {
      JsonNode rows = curve.run().confusion(curve.method(), seed).path("matrix");
      if (rows.isEmpty() || rows.size() > MAX_DRAWN) {
        continue;
      }
      int n = sum == null ? names(curve).size() : sum.length;
      sum = sum == null ? new double[n][n] : sum;
      for (int i = 0; i < rows.size(); i++) {
        JsonNode row = rows.path(i);
        if (rows.size() != n || row.size() != n) {
          throw new BadDataException(
              curve.run().folder().confusion(curve.method(), seed),
              "",
              "a matrix of %d times %d counts".formatted(n, n),
              "%d rows, row %d of %d".formatted(rows.size(), i, row.size()));
        }
        for (int j = 0; j < n; j++) {
          sum[i][j] += row.path(j).asDouble();
        }
      }
    }
    return sum;
  }

  /** Names of the classes; none where the run has not ended. */
  static List<String> names(Curve curve) {
    List<String> names = new ArrayList<>();
    for (long seed : curve.seeds()) {
      JsonNode classes = curve.run().confusion(curve.method(), seed).path("classes");
      if (names.isEmpty()) {
        classes.forEach(name -> names.add(name.asText()));
      }
    }
    return names;
  }

  /** Each class by method, as bars or, of many methods, as shades; null without a matrix. */
  static Figure perClass(List<Curve> curves) {
    List<Curve> measured = curves.stream().filter(curve -> matrix(curve) != null).toList();
    return measured.size() > MAX_BARS_OF_A_CLASS
        ? shadesPerClass(measured)
        : barsPerClass(measured);
  }

  private static Figure barsPerClass(List<Curve> curves) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    BarRenderer renderer = bars();
    int classes = 0;
    for (Curve curve : curves) {
      double[] recognized = recognized(matrix(curve));
      List<String> names = names(curve);
      renderer.setSeriesPaint(data.getRowCount(), curve.color());
      for (int c = 0; c < recognized.length; c++) {
        data.addValue(
            Double.isNaN(recognized[c]) ? null : 100 * recognized[c],
            curve.fullLabel(),
            names.get(c));
      }
      classes = Math.max(classes, recognized.length);
    }
    if (classes == 0 || classes > 100) {
      return null;
    }
    CategoryAxis axis = new CategoryAxis();
    axis.setCategoryLabelPositions(CategoryLabelPositions.UP_45);
    axis.setCategoryMargin(0.2);
    NumberAxis range = new NumberAxis("accuracy in %");
    range.setRange(0, 100);
    CategoryPlot plot = new CategoryPlot(data, axis, range, renderer);
    return perClass(
        "Part of a class's test images that is recognized, final weights, all seeds together.",
        ChartStyle.styled(plot, true),
        400,
        420);
  }

  private static Figure perClass(String caption, JFreeChart chart, int height, int narrowHeight) {
    return new Figure("per-class", "Accuracy of each class", caption, chart, height, narrowHeight);
  }

  /** The diagonal over the sums of the rows; NaN for a class without test images. */
  private static double[] recognized(double[][] matrix) {
    double[] parts = new double[matrix.length];
    for (int c = 0; c < parts.length; c++) {
      double total = java.util.Arrays.stream(matrix[c]).sum();
      parts[c] = total == 0 ? Double.NaN : matrix[c][c] / total;
    }
    return parts;
  }

  private static Figure shadesPerClass(List<Curve> curves) {
    List<String> classes = names(curves.get(0));
    List<Curve> comparable = curves.stream().filter(e -> names(e).equals(classes)).toList();
    if (classes.size() > MAX_NAMED) {
      return null;
    }
    double[][] parts =
        comparable.stream().map(curve -> recognized(matrix(curve))).toArray(double[][]::new);
    List<String> labels = comparable.stream().map(Curve::label).toList();
    XYPlot plot = shades(parts, axis("class", classes), axis("", labels));
    int height = 150 + 26 * parts.length;
    return perClass(
        "Percent of a class's test images that are recognized, final weights, all seeds together.",
        ChartStyle.styled(plot, false),
        height,
        height);
  }

  static BarRenderer bars() {
    BarRenderer renderer = new BarRenderer();
    renderer.setBarPainter(new StandardBarPainter());
    renderer.setShadowVisible(false);
    renderer.setDrawBarOutline(false);
    renderer.setItemMargin(0.04);
    renderer.setMaximumBarWidth(0.08);
    return renderer;
  }

  static List<Figure> confusions(List<Curve> curves) {
    List<Figure> figures = new ArrayList<>();
    for (Curve curve : curves) {
      double[][] matrix = matrix(curve);
      if (matrix != null && figures.size() < MAX_MATRICES) {
        figures.add(confusion(curve, matrix, names(curve), figures.size()));
      }
    }
    return figures;
  }

  private static Figure confusion(Curve curve, double[][] matrix, List<String> names, int index) {
    int n = matrix.length;
    double[][] parts = new double[n][n];
    for (int row = 0; row < n; row++) {
      double total = Math.max(1, java.util.Arrays.stream(matrix[row]).sum());
      for (int column = 0; column < n; column++) {
        parts[row][column] = matrix[row][column] / total;
      }
    }
    XYPlot plot = shades(parts, axis("predicted", names), axis("true class", names));
    return new Figure(
        "confusion-" + (index + 1),
        "Confusion matrix: " + curve.fullLabel(),
        curve.fullLabel()
            + ": a row is a true class, its numbers say in percent what its test images are taken"
            + " for.",
        ChartStyle.styled(plot, false),
        Math.min(900, 240 + 42 * n),
        Math.min(520, 200 + 26 * n));
  }

  /** Cells shaded by their parts of one, with the percentage in them where there is room. */
  static XYPlot shades(double[][] parts, NumberAxis domain, NumberAxis range) {
    int columns = parts[0].length;
    double[][] cells = new double[3][parts.length * columns];
    XYPlot plot = new XYPlot();
    for (int row = 0; row < parts.length; row++) {
      for (int column = 0; column < columns; column++) {
        int at = row * columns + column;
        double part = parts[row][column];
        cells[0][at] = column;
        cells[1][at] = row;
        cells[2][at] = part;
        if (columns <= MAX_WRITTEN && part >= 0.005) {
          plot.addAnnotation(number(column, row, part));
        }
      }
    }
    DefaultXYZDataset data = new DefaultXYZDataset();
    data.addSeries("part", cells);
    XYBlockRenderer blocks = new XYBlockRenderer();
    LookupPaintScale shades = new LookupPaintScale(0, 1.01, Color.WHITE);
    for (int s = 0; s <= 50; s++) {
      shades.add(s / 50.0, shade(s / 50.0));
    }
    blocks.setPaintScale(shades);
    plot.setDataset(data);
    plot.setRenderer(blocks);
    plot.setDomainAxis(domain);
    plot.setRangeAxis(range);
    plot.getRangeAxis().setInverted(true);
    plot.getDomainAxis().setVerticalTickLabels(true);
    plot.setDomainGridlinesVisible(false);
    plot.setRangeGridlinesVisible(false);
    return plot;
  }

  private static XYTextAnnotation number(int column, int row, double part) {
    XYTextAnnotation text =
        new XYTextAnnotation(String.format(Locale.ROOT, "%.0f", 100 * part), column, row);
    text.setFont(new Font("SansSerif", Font.PLAIN, 11));
    text.setPaint(part > 0.5 ? Color.WHITE : ChartStyle.INK);
    return text;
  }

  private static Color shade(double part) {
    double depth = Math.sqrt(part);
    return new Color(
        (int) (255 - 255 * depth), (int) (255 - 141 * depth), (int) (255 - 77 * depth));
  }

  static NumberAxis axis(String label, List<String> names) {
    if (names.size() > MAX_NAMED) {
      return new NumberAxis(label);
    }
    SymbolAxis axis = new SymbolAxis(label, names.toArray(String[]::new));
    axis.setGridBandsVisible(false);
    axis.setRange(-0.5, names.size() - 0.5);
    return axis;
  }
}
