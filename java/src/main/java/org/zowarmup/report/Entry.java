package org.zowarmup.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.Spread;

/**
 * One method of one run, over all its seeds: what a chart shows as one line or bar.
 *
 * @param label method, and where runs differ what this one has
 * @param index its place among all, from which colour and kind of line follow
 */
record Entry(RunRecords run, String method, String label, int index) {
  Color color() {
    return Charts.color(index);
  }

  /** Lines of one colour differ in their dashes. */
  BasicStroke stroke() {
    return Charts.stroke(index);
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
  TreeMap<Integer, Spread> overRounds(Function<RoundMetrics, Double> column) {
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
    TreeMap<Integer, Spread> spreads = new TreeMap<>();
    values.forEach((round, list) -> spreads.put(round, Spread.of(list)));
    return spreads;
  }

  Spread spread(ToDoubleFunction<MethodResult> value) {
    return Spread.of(
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
