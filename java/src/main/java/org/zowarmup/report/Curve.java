package org.zowarmup.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.Summary;

/**
 * One method of one run, over all its seeds: what a chart shows as one line or bar.
 *
 * @param cell number of the cell that its run belongs to, from 0
 * @param label method, and where runs of the cell differ what this one has
 * @param cellTitle what distinguishes its cell from the others; empty where there is one only
 * @param hue number of its colour: of its method, or of its run where all have one method
 * @param dash number of its kind of line
 */
record Curve(
    RunRecords run, String method, int cell, String label, String cellTitle, int hue, int dash) {
  /** Names and colours what is compared: every method of every run, cell by cell. */
  static List<Curve> of(List<Cell> cells) {
    List<String> methods =
        cells.stream()
            .flatMap(cell -> cell.runs().stream())
            .flatMap(run -> run.methods().stream())
            .distinct()
            .toList();
    List<Curve> curves = new ArrayList<>();
    for (int c = 0; c < cells.size(); c++) {
      Cell cell = cells.get(c);
      for (int r = 0; r < cell.runs().size(); r++) {
        for (String method : cell.runs().get(r).methods()) {
          String name = cell.names().get(r);
          int colours = ChartStyle.COLORS.size();
          int hue = methods.size() > 1 ? methods.indexOf(method) : r;
          curves.add(
              new Curve(
                  cell.runs().get(r),
                  method,
                  c,
                  Methods.label(method) + (name.isEmpty() ? "" : ", " + name),
                  cell.title(),
                  hue % colours,
                  methods.size() > 1 ? r + hue / colours : hue / colours));
        }
      }
    }
    return curves;
  }

  /** The curves of each cell. */
  static List<List<Curve>> byCell(List<Curve> curves) {
    return List.copyOf(
        curves.stream()
            .collect(Collectors.groupingBy(Curve::cell, TreeMap::new, Collectors.toList()))
            .values());
  }

  /** The curves of each of the first cells: of more, each chart would be there many times. */
  static List<List<Curve>> firstCells(List<Curve> curves, int most) {
    List<List<Curve>> cells = byCell(curves);
    return cells.subList(0, Math.min(most, cells.size()));
  }

  /**
   * The id of its cell's chart.
   *
   * @param alone true where the report has one such chart only
   */
  String chartId(String name, boolean alone) {
    return name + (alone ? "" : "-" + (cell + 1));
  }

  /** The title of its cell's chart. */
  String chartTitle(String title) {
    return title + (cellTitle.isEmpty() ? "" : ": " + cellTitle);
  }

  /** Distinguishes it from all curves of all cells. */
  String fullLabel() {
    return label + (cellTitle.isEmpty() || label.contains(cellTitle) ? "" : ", " + cellTitle);
  }

  Color color() {
    return ChartStyle.color(hue);
  }

  /** Lines of one colour differ in their dashes. */
  BasicStroke stroke() {
    return ChartStyle.stroke(dash);
  }

  List<Long> seeds() {
    return run.seeds(method);
  }

  /** Results of the seeds that ran to their end. */
  List<MethodResult> results() {
    return run.summary().stream()
        .flatMap(summary -> summary.results().stream())
        .filter(one -> one.method().equals(method) && one.complete())
        .toList();
  }

  /** Rows of one seed, of all seeds in turn. */
  private Stream<Collection<RoundMetrics>> rows() {
    return run.rounds().entrySet().stream()
        .filter(rows -> rows.getKey().method().equals(method))
        .map(rows -> rows.getValue().values());
  }

  /**
   * Mean and deviation over the seeds of a number of the metrics, by round; gaps stay gaps.
   *
   * @param column null where a row has none
   */
  TreeMap<Integer, MeanAndDeviation> overRounds(Function<RoundMetrics, Double> column) {
    TreeMap<Integer, List<Double>> values = new TreeMap<>();
    rows()
        .flatMap(Collection::stream)
        .forEach(
            row -> {
              Double value = column.apply(row);
              if (value != null && !value.isNaN()) {
                values.computeIfAbsent(row.round(), r -> new ArrayList<>()).add(value);
              }
            });
    TreeMap<Integer, MeanAndDeviation> spreads = new TreeMap<>();
    values.forEach((round, list) -> spreads.put(round, MeanAndDeviation.of(list)));
    return spreads;
  }

  /**
   * Clients of a class that took part in a result's rounds; of a run that does not know it all of
   * the class.
   */
  double clients(MethodResult result, Client.Type type) {
    Summary summary = run.summary().orElseThrow();
    int all = type == Client.Type.HIGH ? summary.highClients() : summary.lowClients();
    boolean known =
        result.totalWork().clientsHigh() + result.totalWork().clientsLow() > 0
            && Double.isFinite(result.totalWork().flops(type));
    return known ? (double) result.totalWork().first(type) : all;
  }

  MeanAndDeviation spread(ToDoubleFunction<MethodResult> value) {
    return MeanAndDeviation.of(
        results().stream().map(one -> value.applyAsDouble(one)).filter(Double::isFinite).toList());
  }

  /** Seconds of a phase, mean over the seeds. */
  double seconds(String phase) {
    double sum =
        rows()
            .flatMap(Collection::stream)
            .filter(row -> row.phase().equals(phase))
            .mapToDouble(RoundMetrics::seconds)
            .filter(Double::isFinite)
            .sum();
    return sum / Math.max(1, seeds().size());
  }

  /** Rounds of a phase in the first seed. */
  long rounds(String phase) {
    return rows()
        .findFirst()
        .map(rows -> rows.stream().filter(row -> row.phase().equals(phase)).count())
        .orElse(0L);
  }

  /** The last round of the warm-up of a run that has a second phase, 0 where there is none. */
  int pivot() {
    long warmup = rounds("warmup");
    return rounds("zo") > 0 && warmup > 0 ? (int) warmup : 0;
  }
}
