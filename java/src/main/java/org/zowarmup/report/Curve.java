package org.zowarmup.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.zowarmup.config.ConfigDifference;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.RoundMetrics;

/**
 * One method of one run, over all its seeds: what a chart shows as one line or bar.
 *
 * @param label method, and where runs differ what this one has
 * @param index its place among all, from which colour and kind of line follow
 */
record Curve(RunRecords run, String method, String label, int index) {
  /** Keys that say nothing about what was trained. */
  private static final Set<String> IGNORED = Set.of("output", "threads", "name", "methods");

  /** Names and colours what is compared: every method of every run. */
  static List<Curve> of(List<RunRecords> runs) {
    List<String> suffixes = suffixes(runs);
    List<Curve> curves = new ArrayList<>();
    for (int r = 0; r < runs.size(); r++) {
      for (String method : runs.get(r).methods()) {
        String label =
            Methods.label(method) + (suffixes.get(r).isEmpty() ? "" : ", " + suffixes.get(r));
        curves.add(new Curve(runs.get(r), method, label, curves.size()));
      }
    }
    return curves;
  }

  /**
   * Distinguishes a run from the others: the keys in which their configs differ, else its folder.
   */
  private static List<String> suffixes(List<RunRecords> runs) {
    if (runs.size() == 1) {
      return List.of("");
    }
    Map<String, String> values = new LinkedHashMap<>();
    List<Map<String, String>> own = new ArrayList<>();
    for (RunRecords run : runs) {
      Map<String, String> differences = new LinkedHashMap<>();
      for (ConfigDifference one :
          ConfigDifference.between(runs.get(0).config(), run.config(), IGNORED)) {
        differences.put(one.path(), one.right());
        values.put(one.path(), one.left());
      }
      own.add(differences);
    }
    List<String> suffixes = new ArrayList<>();
    for (Map<String, String> differences : own) {
      StringJoiner words = new StringJoiner(", ");
      values.forEach((key, first) -> words.add(key + "=" + differences.getOrDefault(key, first)));
      suffixes.add(words.toString());
    }
    if (new LinkedHashSet<>(suffixes).size() < runs.size()) {
      return runs.stream().map(run -> String.valueOf(run.folder().path().getFileName())).toList();
    }
    return suffixes;
  }

  Color color() {
    return ChartStyle.color(index);
  }

  /** Lines of one colour differ in their dashes. */
  BasicStroke stroke() {
    return ChartStyle.stroke(index);
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
