package org.zowarmup.cli;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.experiment.MethodResult;
import org.zowarmup.experiment.Spread;
import org.zowarmup.experiment.sweep.CellOutcome;
import org.zowarmup.experiment.sweep.SweepGrid;
import org.zowarmup.experiment.sweep.SweepResult;

/** The cells of a sweep side by side: test accuracy of every method, mean and deviation. */
final class SweepTable {
  private SweepTable() {}

  static List<String> lines(SweepResult sweep) {
    List<String> methods =
        sweep.cells().stream()
            .filter(cell -> cell.result() != null)
            .flatMap(cell -> cell.result().methods().stream())
            .distinct()
            .toList();
    List<String> heads =
        new ArrayList<>(sweep.grid().axes().stream().map(SweepGrid.Axis::key).toList());
    StringBuilder alignment = new StringBuilder("r".repeat(heads.size()));
    heads.add("seeds");
    alignment.append('r');
    for (String method : methods) {
      heads.add(Units.method(method));
      alignment.append('r');
    }
    heads.add("");
    alignment.append('l');
    TextTable table = new TextTable(alignment.toString(), heads);
    for (CellOutcome cell : sweep.cells()) {
      table.add(row(cell, methods));
    }
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(
        "Test accuracy of " + sweep.cells().size() + " cells: mean over the seeds (deviation)");
    lines.add("");
    lines.addAll(table.lines());
    addFailures(lines, sweep);
    lines.add("");
    lines.add("Sweep folder: " + sweep.folder());
    return lines;
  }

  private static List<String> row(CellOutcome cell, List<String> methods) {
    List<String> row = new ArrayList<>(cell.cell().values());
    row.add(cell.result() == null ? "-" : Integer.toString(cell.result().seeds().size()));
    for (String method : methods) {
      row.add(cell.result() == null ? "-" : accuracy(cell, method));
    }
    row.add(cell.status().equals("done") ? "" : cell.status());
    return row;
  }

  private static String accuracy(CellOutcome cell, String method) {
    Spread spread =
        Spread.of(
            cell.result().results().stream()
                .filter(one -> one.method().equals(method) && one.complete())
                .map(MethodResult::testAccuracy)
                .toList());
    return spread.count() == 0
        ? "-"
        : Units.percent(spread.mean())
            + (spread.count() < 2 ? "" : " (" + Units.points(spread.deviation()) + ")");
  }

  private static void addFailures(List<String> lines, SweepResult sweep) {
    for (CellOutcome cell : sweep.cells()) {
      if (cell.failure() != null) {
        lines.add("");
        lines.addAll(Units.wrap(cell.cell().label() + ": " + cell.failure(), Units.LINE_CHARS));
      }
    }
  }
}
