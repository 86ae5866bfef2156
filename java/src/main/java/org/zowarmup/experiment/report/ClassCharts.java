package org.zowarmup.experiment.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.awt.Font;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

/** Accuracy of each class, and which class is taken for which. */
final class ClassCharts {
  private static final int MAX_WRITTEN = 12;
  private static final int MAX_NAMED = 40;
  private static final int MAX_MATRICES = 4;

  private ClassCharts() {}

  /** Sum of the confusion matrices of all seeds; null where there is none. */
  private static double[][] matrix(Entry entry) {
    double[][] sum = null;
    for (long seed : entry.seeds()) {
      JsonNode rows = entry.run().confusion(entry.method(), seed).path("matrix");
      for (int i = 0; i < rows.size(); i++) {
        sum = sum == null ? new double[rows.size()][rows.size()] : sum;
        for (int j = 0; j < rows.size(); j++) {
          sum[i][j] += rows.get(i).get(j).asDouble();
        }
      }
    }
    return sum;
  }

  private static List<String> names(Entry entry) {
    List<String> names = new ArrayList<>();
    for (long seed : entry.seeds()) {
      JsonNode classes = entry.run().confusion(entry.method(), seed).path("classes");
      if (names.isEmpty()) {
        classes.forEach(name -> names.add(name.asText()));
      }
    }
    return names;
  }

  /** Bars of each class by method; null where no matrix was recorded. */
  static Figure perClass(List<Entry> entries) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    BarRenderer renderer = bars();
    int classes = 0;
    for (Entry entry : entries) {
      double[][] matrix = matrix(entry);
      if (matrix != null) {
        List<String> names = names(entry);
        renderer.setSeriesPaint(data.getRowCount(), entry.color());
        for (int c = 0; c < matrix.length; c++) {
          double total = 0;
          for (double n : matrix[c]) {
            total += n;
          }
          data.addValue(
              total == 0 ? null : 100 * matrix[c][c] / total, entry.label(), names.get(c));
        }
        classes = Math.max(classes, matrix.length);
      }
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
    return new Figure(
        "per-class",
        "Accuracy of each class",
        "Part of a class's test images that is recognized, final weights, all seeds together.",
        Charts.styled(plot, true),
        400,
        420);
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

  static List<Figure> confusions(List<Entry> entries) {
    List<Figure> figures = new ArrayList<>();
    for (Entry entry : entries) {
      double[][] matrix = matrix(entry);
      if (matrix != null && figures.size() < MAX_MATRICES) {
        figures.add(confusion(entry, matrix, names(entry), figures.size()));
      }
    }
    return figures;
  }

  private static Figure confusion(Entry entry, double[][] matrix, List<String> names, int index) {
    int n = matrix.length;
    double[][] cells = new double[3][n * n];
    XYPlot plot = new XYPlot();
    for (int row = 0; row < n; row++) {
      double total = Math.max(1, java.util.Arrays.stream(matrix[row]).sum());
      for (int column = 0; column < n; column++) {
        int at = row * n + column;
        double part = matrix[row][column] / total;
        cells[0][at] = column;
        cells[1][at] = row;
        cells[2][at] = part;
        if (n <= MAX_WRITTEN && part >= 0.005) {
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
    plot.setDomainAxis(axis("predicted", names));
    plot.setRangeAxis(axis("true class", names));
    plot.getRangeAxis().setInverted(true);
    plot.getDomainAxis().setVerticalTickLabels(true);
    plot.setDomainGridlinesVisible(false);
    plot.setRangeGridlinesVisible(false);
    return new Figure(
        "confusion-" + (index + 1),
        "Confusion matrix: " + entry.label(),
        entry.label()
            + ": a row is a true class, its numbers say in percent what its test images are taken"
            + " for.",
        Charts.styled(plot, false),
        Math.min(900, 240 + 42 * n),
        Math.min(520, 200 + 26 * n));
  }

  private static XYTextAnnotation number(int column, int row, double part) {
    XYTextAnnotation text =
        new XYTextAnnotation(String.format(Locale.ROOT, "%.0f", 100 * part), column, row);
    text.setFont(new Font("SansSerif", Font.PLAIN, 11));
    text.setPaint(part > 0.5 ? Color.WHITE : Charts.INK);
    return text;
  }

  private static Color shade(double part) {
    double depth = Math.sqrt(part);
    return new Color(
        (int) (255 - 255 * depth), (int) (255 - 141 * depth), (int) (255 - 77 * depth));
  }

  private static NumberAxis axis(String label, List<String> names) {
    if (names.size() > MAX_NAMED) {
      return new NumberAxis(label);
    }
    SymbolAxis axis = new SymbolAxis(label, names.toArray(String[]::new));
    axis.setGridBandsVisible(false);
    axis.setRange(-0.5, names.size() - 0.5);
    return axis;
  }
}
