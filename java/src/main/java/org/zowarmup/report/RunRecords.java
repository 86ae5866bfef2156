package org.zowarmup.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.Checksums;
import org.zowarmup.record.Json;
import org.zowarmup.record.MetricsHistory;
import org.zowarmup.record.OwnMetrics;
import org.zowarmup.record.ProbeRecorder;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.Summary;

/**
 * The content of a run folder, read for a report.
 *
 * @param description what the lines at the start say; empty in a folder of an older version
 * @param rounds rows of the metrics by method and seed, each by round
 * @param probes rows of probes.csv in the same way, by column
 * @param ownMetrics those of own-metrics.csv, likewise
 * @param summary empty where the run has not ended
 */
record RunRecords(
    RunFolder folder,
    String config,
    Optional<RunDescription> description,
    JsonNode provenance,
    Map<Key, TreeMap<Integer, RoundMetrics>> rounds,
    Map<Key, TreeMap<Integer, Map<String, Double>>> probes,
    Map<Key, TreeMap<Integer, Map<String, Double>>> ownMetrics,
    Optional<Summary> summary) {
  /** One method under one seed. */
  record Key(String method, long seed) {}

  static RunRecords read(Path path) {
    RunFolder folder = new RunFolder(path);
    if (!isRun(path) || !Files.exists(folder.metricsJsonl())) {
      throw noRun(path);
    }
    folder.requireFiles();
    Optional<Summary> summary = Summary.unchecked(folder);
    MetricsHistory history = MetricsHistory.read(folder);
    summary.ifPresent(found -> found.check(folder, history));
    Checksums.read(folder).requireReadable();
    return new RunRecords(
        folder,
        text(folder.soundConfig()),
        Files.exists(folder.description())
            ? Optional.of(
                Json.read(folder.description(), RunDescription.class, "a run's description"))
            : Optional.empty(),
        Json.tree(folder.provenance()),
        rounds(history),
        table(folder.probes(), ProbeRecorder.COLUMNS),
        table(folder.ownMetrics(), List.of()),
        summary);
  }

  /** True for a folder of a run that has begun, even where no round has ended yet. */
  static boolean isRun(Path path) {
    return Files.exists(new RunFolder(path).config());
  }

  static UserErrorException noRun(Path path) {
    return new UserErrorException(
        "run %s: expected a run folder with config.yaml and metrics.jsonl, or a sweep's folder; found none of them"
            .formatted(path));
  }

  List<String> methods() {
    return rounds.keySet().stream().map(Key::method).distinct().toList();
  }

  List<Long> seeds(String method) {
    return rounds.keySet().stream()
        .filter(key -> key.method().equals(method))
        .map(Key::seed)
        .toList();
  }

  /** The confusion matrix of a method under a seed; missing where the run did not end. */
  JsonNode confusion(String method, long seed) {
    return Json.tree(folder.confusion(method, seed));
  }

  /** The estimator's diagnostics; missing where there are none. */
  JsonNode diagnostics(String method, long seed) {
    return Json.tree(folder.diagnostics(method, seed));
  }

  /** Names of the metrics of a user's own. */
  Set<String> namesOfOwnMetrics() {
    Set<String> names = new TreeSet<>();
    ownMetrics
        .values()
        .forEach(rounds -> rounds.values().forEach(row -> names.addAll(row.keySet())));
    names.removeIf(name -> !OwnMetrics.isName(name)); // a file that others wrote
    return names;
  }

  /** What a metric of a user's own gave after a round; null where it was not measured. */
  Double ownMetric(String name, RoundMetrics row) {
    Double value =
        ownMetrics
            .getOrDefault(new Key(row.method(), row.seed()), new TreeMap<>())
            .getOrDefault(row.round(), Map.of())
            .get(name);
    return value != null && Double.isFinite(value) ? value : null;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new BadDataException(file, "", "a config", "bytes that are not UTF-8");
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static Map<Key, TreeMap<Integer, RoundMetrics>> rounds(MetricsHistory history) {
    Map<Key, TreeMap<Integer, RoundMetrics>> rounds = new LinkedHashMap<>();
    for (RoundMetrics row : history.rows()) {
      rounds
          .computeIfAbsent(new Key(row.method(), row.seed()), k -> new TreeMap<>())
          .put(row.round(), row);
    }
    return rounds;
  }

  /**
   * A line that a kill has torn is left out.
   *
   * @param needed columns that are read by name
   */
  private static Map<Key, TreeMap<Integer, Map<String, Double>>> table(
      Path file, List<String> needed) {
    Map<Key, TreeMap<Integer, Map<String, Double>>> table = new LinkedHashMap<>();
    if (!Files.exists(file)) {
      return table;
    }
    CsvSchema heads = CsvSchema.emptySchema().withHeader();
    try (MappingIterator<Map<String, String>> rows =
        new CsvMapper().readerForMapOf(String.class).with(heads).readValues(file.toFile())) {
      int columns = 0;
      while (rows.hasNext()) {
        Map<String, String> row = rows.next();
        columns = Math.max(columns, row.size());
        if (row.size() == columns) {
          for (String name : needed) {
            if (!row.containsKey(name)) {
              throw new IllegalArgumentException("no column " + name);
            }
          }
          Key key = new Key(row.remove("method"), Long.parseLong(row.remove("seed")));
          int round = Integer.parseInt(row.remove("round"));
          Map<String, Double> values = new LinkedHashMap<>();
          row.forEach((name, value) -> values.put(name, Double.valueOf(value)));
          table.computeIfAbsent(key, k -> new TreeMap<>()).put(round, values);
        }
      }
      return table;
    } catch (JsonProcessingException | CharConversionException | RuntimeException e) {
      throw new BadDataException(file, "", "a table of numbers", String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
