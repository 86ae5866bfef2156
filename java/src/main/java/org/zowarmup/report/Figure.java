package org.zowarmup.report;

import java.awt.geom.Rectangle2D;
import org.jfree.chart.JFreeChart;
import org.zowarmup.record.Json;

/**
 * A chart with its words.
 *
 * @param id name of its PNG file
 * @param caption what a reader should know to read it; may be empty
 * @param height of the drawing at a width of 900
 * @param narrowHeight of the drawing at a width of 420, for phones
 * @param linesOrNull the chart's numbers, which the page's script draws for readers to explore
 */
record Figure(
    String id,
    String title,
    String caption,
    JFreeChart chart,
    int height,
    int narrowHeight,
    Lines linesOrNull) {
  static final int WIDE = 900;
  static final int NARROW = 420;

  Figure(String id, String title, String caption, JFreeChart chart, int height, int narrowHeight) {
    this(id, title, caption, chart, height, narrowHeight, null);
  }

  /**
   * Drawn twice: text of one size cannot be read at both widths.
   *
   * @param live true where the page's script draws what it has the numbers of
   */
  String html(boolean live) {
    // "<" would end the element where a name holds a closing tag
    String numbers =
        linesOrNull == null
            ? ""
            : "<script type=\"application/json\">"
                + Json.line(linesOrNull).replace("<", "\\u003c")
                + "</script>";
    String drawn =
        live && linesOrNull != null
            ? ""
            : "<div class=\"wide\">%s</div><div class=\"narrow\">%s</div>"
                .formatted(
                    ChartStyle.svg(chart, WIDE, height, id + "-w", title),
                    ChartStyle.svg(chart, NARROW, narrowHeight, id + "-n", title));
    return "<figure id=\"figure-%s\"><div class=\"drawn\">%s</div>%s<figcaption>%s</figcaption></figure>%n"
        .formatted(id, drawn, numbers, ReportPage.escape(caption));
  }

  /** A file of its own that needs no font. */
  String svg() {
    return ChartStyle.svgFile(chart, WIDE, height);
  }

  byte[] page(ChartFormat format) {
    Rectangle2D area = new Rectangle2D.Double(0, 0, WIDE, height);
    return format.page(graphics -> chart.draw(graphics, area), WIDE, height);
  }

  byte[] png() {
    return ChartStyle.png(chart, WIDE, height);
  }
}
