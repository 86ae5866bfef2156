package org.zowarmup.inspect;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import javax.imageio.ImageIO;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.LookupPaintScale;
import org.jfree.chart.renderer.xy.XYBlockRenderer;
import org.jfree.chart.title.PaintScaleLegend;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.Layer;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.data.xy.DefaultXYZDataset;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.record.file.OutputFile;

/**
 * Clients times classes as a picture: a row a class, a column a client, the high-resource ones at
 * the left, the darker the more images.
 */
public final class PartitionPicture {
  private static final int SHADES = 64;
  private static final int MAX_NAMED_CLASSES = 40;

  private PartitionPicture() {}

  /** Writes a PNG file. */
  public static void write(PartitionInspection partition, OutputFile file) {
    List<PartitionInspection.Part> order =
        partition.clients().stream().sorted((a, b) -> Boolean.compare(b.high(), a.high())).toList();
    int classes = partition.classNames().size();
    int width = Math.min(2400, Math.max(640, 160 + 16 * order.size()));
    int height = Math.min(1600, Math.max(360, 150 + 24 * classes));
    JFreeChart chart = chart(partition, order);
    ImageIO.setUseCache(false); // else the picture is made in a file of the temporary folder
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      ChartUtils.writeChartAsPNG(png, chart, width, height);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    file.write(channel -> AtomicFile.writeAll(channel, ByteBuffer.wrap(png.toByteArray())));
  }

  private static JFreeChart chart(
      PartitionInspection partition, List<PartitionInspection.Part> order) {
    int high = (int) order.stream().filter(PartitionInspection.Part::high).count();
    LookupPaintScale shades = shades(most(order));
    XYBlockRenderer renderer = new XYBlockRenderer();
    renderer.setPaintScale(shades);
    XYPlot plot =
        new XYPlot(
            dataset(order, partition.classNames().size()),
            clientAxis(order),
            classAxis(partition.classNames()),
            renderer);
    plot.setDomainGridlinesVisible(false);
    plot.setRangeGridlinesVisible(false);
    plot.setBackgroundPaint(Color.WHITE);
    ValueMarker border = new ValueMarker(high - 0.5, new Color(0xC0392B), new BasicStroke(2));
    plot.addDomainMarker(border, Layer.FOREGROUND);
    JFreeChart chart =
        new JFreeChart(
            "Images by client and class", new Font("SansSerif", Font.BOLD, 18), plot, false);
    chart.setBackgroundPaint(Color.WHITE);
    chart.addSubtitle(
        new TextTitle(
            "%s, seed %d: %d high-resource clients left of the line, %d low-resource right of it"
                .formatted(partition.source(), partition.seed(), high, order.size() - high)));
    chart.addSubtitle(legend(shades));
    return chart;
  }

  private static int most(List<PartitionInspection.Part> order) {
    int most = 1;
    for (PartitionInspection.Part part : order) {
      for (int n : part.perClass()) {
        most = Math.max(most, n);
      }
    }
    return most;
  }

  /** White for none, then from pale to dark blue; the square root keeps small counts visible. */
  private static LookupPaintScale shades(int most) {
    LookupPaintScale scale = new LookupPaintScale(0, most + 1.0, Color.WHITE);
    for (int s = 0; s < SHADES; s++) {
      double from = Math.max(0.5, most * Math.pow((double) s / SHADES, 2));
      double depth = (s + 1.0) / SHADES;
      scale.add(
          from,
          new Color(
              (int) (225 - 217 * depth), (int) (238 - 190 * depth), (int) (250 - 143 * depth)));
    }
    return scale;
  }

  private static DefaultXYZDataset dataset(List<PartitionInspection.Part> order, int classes) {
    int cells = order.size() * classes;
    double[][] values = new double[3][cells];
    for (int i = 0; i < cells; i++) {
      int column = i / classes;
      int row = i % classes;
      values[0][i] = column;
      values[1][i] = row;
      values[2][i] = order.get(column).perClass()[row];
    }
    DefaultXYZDataset dataset = new DefaultXYZDataset();
    dataset.addSeries("images", values);
    return dataset;
  }

  private static NumberAxis clientAxis(List<PartitionInspection.Part> order) {
    String[] numbers =
        order.stream().map(part -> String.valueOf(part.client())).toArray(String[]::new);
    NumberAxis axis =
        order.size() <= 150 ? new SymbolAxis("client", numbers) : new NumberAxis("client by rank");
    axis.setRange(-0.5, order.size() - 0.5);
    axis.setTickLabelFont(new Font("SansSerif", Font.PLAIN, 10));
    axis.setVerticalTickLabels(order.size() > 40 && order.size() <= 150);
    if (axis instanceof SymbolAxis symbols) {
      symbols.setGridBandsVisible(false);
    }
    return axis;
  }

  private static NumberAxis classAxis(List<String> names) {
    boolean named = names.size() <= MAX_NAMED_CLASSES;
    NumberAxis axis =
        named ? new SymbolAxis(null, names.toArray(String[]::new)) : new NumberAxis("class");
    axis.setRange(-0.5, names.size() - 0.5);
    axis.setInverted(true);
    if (axis instanceof SymbolAxis symbols) {
      symbols.setGridBandsVisible(false);
    }
    return axis;
  }

  private static PaintScaleLegend legend(LookupPaintScale shades) {
    PaintScaleLegend legend = new PaintScaleLegend(shades, new NumberAxis("images"));
    legend.setPosition(RectangleEdge.RIGHT);
    legend.setMargin(20, 10, 40, 10);
    legend.setStripWidth(14);
    return legend;
  }
}
