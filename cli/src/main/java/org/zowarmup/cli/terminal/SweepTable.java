package org.zowarmup.cli.terminal;

import static java.util.stream.Collectors.counting;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.MethodResult;
import org.zowarmup.sweep.CellOutcome;
import org.zowarmup.sweep.Sweep;
import org.zowarmup.sweep.SweepGrid;

/**
 * The cells of a sweep side by side: test accuracy of every method, mean and deviation. Cells that
 * differ in their seed alone share a line.
 */
public final class SweepTable {
  private SweepTable() {}

  private static final String SEED = "seed";

  /** Cells that differ in their seed alone. */
  private record Row(List<String> values, List<CellOutcome> cells) {
    List<MethodResult> results(String method) {
      return cells.stream()
          .filter(cell -> cell.result() != null)
          .flatMap(cell -> cell.result().results().stream())
          .filter(one -> one.method().equals(method) && one.complete())
          .toList();
    }

    String seeds() {
      List<CellOutcome> ran = cells.stream().filter(cell -> cell.result() != null).toList();
      int seeds = ran.stream().mapToInt(cell -> cell.result().seeds().size()).sum();
      return ran.isEmpty() ? "-" : Integer.toString(seeds);
    }

    /** Cells that are not done, for example {@code 2 not run}. */
    String status() {
      Map<String, Long> counts =
          cells.stream()
              .filter(cell -> cell.status() != CellOutcome.Status.DONE)
              .map(cell -> cell.status().toString())
              .collect(Collectors.groupingBy(status -> status, TreeMap::new, counting()));
      return counts.entrySet().stream()
          .map(e -> cells.size() == 1 ? e.getKey() : e.getValue() + " " + e.getKey())
          .collect(Collectors.joining(", "));
    }
  }

  public static List<String> lines(Sweep.Result sweep) {
    List<String> methods =
        sweep.cells().stream()
            .filter(cell -> cell.result() != null)
            .flatMap(cell -> cell.result().methods().stream())
            .distinct()
            .toList();
    List<String> heads =
        new ArrayList<>(
            sweep.grid().axes().stream()
                .map(SweepGrid.Axis::key)
                .filter(key -> !key.equals(SEED))
                .toList());
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
    for (Row row : rows(sweep)) {
      List<String> cells = new ArrayList<>(row.values());
      cells.add(row.seeds());
      methods.forEach(method -> cells.add(accuracy(row.results(method))));
      cells.add(row.status());
      table.add(cells);
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

  private static List<Row> rows(Sweep.Result sweep) {
    List<String> keys = sweep.grid().axes().stream().map(SweepGrid.Axis::key).toList();
    int seed = keys.indexOf(SEED);
    Map<List<String>, List<CellOutcome>> rows = new LinkedHashMap<>();
    for (CellOutcome cell : sweep.cells()) {
      List<String> values = new ArrayList<>(cell.cell().values());
      if (seed >= 0) {
        values.remove(seed);
      }
      rows.computeIfAbsent(values, key -> new ArrayList<>()).add(cell);
    }
    return rows.entrySet().stream().map(e -> new Row(e.getKey(), e.getValue())).toList();
  }

  private static String accuracy(List<MethodResult> results) {
    MeanAndDeviation spread =
        MeanAndDeviation.of(results.stream().map(MethodResult::testAccuracy).toList());
    return spread.count() == 0
        ? "-"
        : Units.percent(spread.mean())
            + (spread.count() < 2 ? "" : " (" + Units.points(spread.deviation()) + ")");
  }

  private static void addFailures(List<String> lines, Sweep.Result sweep) {
    for (CellOutcome cell : sweep.cells()) {
      if (cell.failure() != null) {
        lines.add("");
        lines.addAll(Units.wrap(cell.cell().label() + ": " + cell.failure(), Units.LINE_CHARS));
      }
    }
  }
}
