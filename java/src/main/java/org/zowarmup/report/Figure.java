package org.zowarmup.report;

import org.jfree.chart.JFreeChart;

/**
 * A chart with its words.
 *
 * @param id name of its PNG file
 * @param caption what a reader should know to read it; may be empty
 * @param height of the drawing at a width of 900
 * @param narrowHeight of the drawing at a width of 420, for phones
 */
record Figure(
    String id, String title, String caption, JFreeChart chart, int height, int narrowHeight) {
  static final int WIDE = 900;
  static final int NARROW = 420;

  /** Drawn twice: text of one size cannot be read at both widths. */
  String html() {
    return "<figure id=\"figure-%s\"><div class=\"wide\">%s</div><div class=\"narrow\">%s</div><figcaption>%s</figcaption></figure>%n"
        .formatted(
            id,
            ChartStyle.svg(chart, WIDE, height, id + "-w", title),
            ChartStyle.svg(chart, NARROW, narrowHeight, id + "-n", title),
            ReportPage.escape(caption));
  }

  byte[] png() {
    return ChartStyle.png(chart, WIDE, height);
  }
}
