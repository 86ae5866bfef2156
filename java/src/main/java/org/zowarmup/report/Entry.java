package org.zowarmup.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.zowarmup.record.MethodResult;
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
    return run.stored() == null
        ? List.of()
        : run.stored().result().results().stream()
            .filter(one -> one.method().equals(method) && one.complete())
            .toList();
  }

  /** Mean and spread over the seeds of a column of the metrics, by round; gaps stay gaps. */
  TreeMap<Integer, Spread> overRounds(String column) {
    TreeMap<Integer, List<Double>> values = new TreeMap<>();
    run.rounds()
        .forEach(
            (key, rows) -> {
              if (key.method().equals(method)) {
                rows.forEach(
                    (round, row) -> {
                      if (row.path(column).isNumber()) {
                        values
                            .computeIfAbsent(round, r -> new ArrayList<>())
                            .add(row.get(column).doubleValue());
                      }
                    });
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
    double sum = 0;
    for (var rows : run.rounds().entrySet()) {
      if (rows.getKey().method().equals(method)) {
        for (var row : rows.getValue().values()) {
          sum += row.path("phase").asText().equals(phase) ? row.path("seconds").asDouble() : 0;
        }
      }
    }
    return sum / Math.max(1, seeds().size());
  }

  /** Rounds of a phase in the first seed. */
  long rounds(String phase) {
    return run.rounds().entrySet().stream()
        .filter(e -> e.getKey().method().equals(method))
        .findFirst()
        .map(
            e ->
                e.getValue().values().stream()
                    .filter(row -> row.path("phase").asText().equals(phase))
                    .count())
        .orElse(0L);
  }

  /** The last round of the warm-up of a run that has a second phase, 0 where there is none. */
  int pivot() {
    long warmup = rounds("warmup");
    return rounds("zo") > 0 && warmup > 0 ? (int) warmup : 0;
  }
}
