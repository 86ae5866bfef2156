package org.zowarmup.report;

import java.math.BigDecimal;
import java.math.MathContext;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.data.category.CategoryDataset;
import org.jfree.data.statistics.StatisticalCategoryDataset;
import org.jfree.data.xy.IntervalXYDataset;
import org.jfree.data.xy.XYDataset;
import org.jfree.data.xy.XYZDataset;

/** The numbers that a chart shows, as a table. */
final class ChartNumbers {
  private ChartNumbers() {}

  static String csv(Figure figure) {
    StringBuilder text = new StringBuilder();
    if (figure.linesOrNull() != null) {
      lines(figure.linesOrNull(), text);
    } else {
      chart(figure.chart(), text);
    }
    return text.toString();
  }

  private static void lines(Lines lines, StringBuilder text) {
    add(text, "line", lines.x(), lines.y(), "standard deviation", "seeds");
    for (Lines.Line line : lines.lines()) {
      for (int i = 0; i < line.at().size(); i++) {
        add(
            text,
            line.name(),
            line.at().get(i),
            line.mean().get(i),
            line.sd().get(i),
            line.n().get(i));
      }
    }
  }

  private static void chart(JFreeChart chart, StringBuilder text) {
    if (chart.getPlot() instanceof CategoryPlot plot) {
      categories(plot, text);
    } else if (chart.getPlot() instanceof XYPlot plot) {
      points(plot, text);
    }
  }

  private static void categories(CategoryPlot plot, StringBuilder text) {
    CategoryDataset data = plot.getDataset();
    boolean spread = data instanceof StatisticalCategoryDataset;
    add(text, "series", "of", plot.getRangeAxis().getLabel(), spread ? "standard deviation" : null);
    for (int column = 0; column < data.getColumnCount(); column++) {
      for (int row = 0; row < data.getRowCount(); row++) {
        Object deviation =
            data instanceof StatisticalCategoryDataset of ? of.getStdDevValue(row, column) : null;
        add(
            text,
            data.getRowKey(row),
            data.getColumnKey(column),
            data.getValue(row, column),
            deviation);
      }
    }
  }

  private static void points(XYPlot plot, StringBuilder text) {
    String x = plot.getDomainAxis().getLabel();
    String y = plot.getRangeAxis().getLabel();
    XYDataset first = plot.getDataset();
    boolean shades = first instanceof XYZDataset;
    boolean interval = first instanceof IntervalXYDataset;
    add(text, "series", x, y, shades ? "value" : interval ? "low" : null, interval ? "high" : null);
    for (int d = 0; d < plot.getDatasetCount(); d++) {
      XYDataset data = plot.getDataset(d);
      for (int s = 0; data != null && s < data.getSeriesCount(); s++) {
        for (int i = 0; i < data.getItemCount(s); i++) {
          Object third =
              data instanceof XYZDataset of
                  ? (Object) of.getZValue(s, i)
                  : data instanceof IntervalXYDataset of ? (Object) of.getStartYValue(s, i) : null;
          Object fourth =
              data instanceof IntervalXYDataset of ? (Object) of.getEndYValue(s, i) : null;
          add(
              text,
              data.getSeriesKey(s),
              data.getXValue(s, i),
              data.getYValue(s, i),
              third,
              fourth);
        }
      }
    }
  }

  /** A line of cells; what is null at its end is left out, numbers that are none are empty. */
  private static void add(StringBuilder text, Object... cells) {
    int last = cells.length;
    while (last > 0 && cells[last - 1] == null) {
      last--;
    }
    for (int i = 0; i < last; i++) {
      text.append(i == 0 ? "" : ",").append(cell(cells[i]));
    }
    text.append('\n');
  }

  static String cell(Object value) {
    if (value == null || (value instanceof Double number && !Double.isFinite(number))) {
      return "";
    }
    if (value instanceof Double number) {
      // ten digits: more are rounding's
      return new BigDecimal(number).round(new MathContext(10)).stripTrailingZeros().toPlainString();
    }
    String words = value.toString();
    return words.matches("(?s).*[\",\r\n].*") ? '"' + words.replace("\"", "\"\"") + '"' : words;
  }
}
