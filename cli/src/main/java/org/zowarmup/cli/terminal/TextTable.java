package org.zowarmup.cli.terminal;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.error.Printable;

/** Cells in aligned columns, two spaces in from the left, three between columns. */
public final class TextTable {
  private static final String INDENT = "  ";
  private static final String GAP = "   ";

  private final List<List<String>> rows = new ArrayList<>();
  private final String alignment;

  /**
   * @param alignment one letter a column: {@code l} left, {@code r} right
   * @param heads one head a column
   */
  public TextTable(String alignment, List<String> heads) {
    this.alignment = alignment;
    add(heads);
  }

  public void add(List<String> cells) {
    if (cells.size() != alignment.length()) {
      throw new IllegalArgumentException(
          "expected " + alignment.length() + " cells, found " + cells);
    }
    rows.add(cells.stream().map(Printable::text).toList());
  }

  public void add(String... cells) {
    add(List.of(cells));
  }

  /** The lines, without spaces at their ends. */
  public List<String> lines() {
    int[] widths = new int[alignment.length()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  private String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder(INDENT);
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - row.get(i).length());
      line.append(i == 0 ? "" : GAP);
      line.append(alignment.charAt(i) == 'r' ? padding + row.get(i) : row.get(i) + padding);
    }
    return line.toString().stripTrailing();
  }
}
