package org.zowarmup.report;

import java.awt.Graphics2D;
import java.util.function.Consumer;

/**
 * A format of vector files that a module adds to {@code report --latex}; found by ServiceLoader.
 */
public interface ChartFormat {
  /** Of the files' names, without a dot. */
  String ending();

  /**
   * The bytes of a file with one page.
   *
   * @param chart draws the chart, from 0 to width and height
   * @param width in points
   * @param height in points
   */
  byte[] page(Consumer<Graphics2D> chart, int width, int height);
}
