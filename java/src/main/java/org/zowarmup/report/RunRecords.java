package org.zowarmup.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.StoredRun;

/**
 * What a run folder holds, read for a report.
 *
 * @param description what the lines at the start say; missing in a folder of an older version
 * @param rounds rows of the metrics by method and seed, each by round
 * @param probes rows of probes.csv in the same way
 * @param stored the summary, null where the run has not ended
 */
record RunRecords(
    RunFolder folder,
    String config,
    JsonNode description,
    JsonNode provenance,
    Map<Key, TreeMap<Integer, JsonNode>> rounds,
    Map<Key, TreeMap<Integer, Map<String, Double>>> probes,
    StoredRun stored) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One method under one seed. */
  record Key(String method, long seed) {}

  static RunRecords read(Path path) {
    RunFolder folder = new RunFolder(path);
    if (!Files.exists(folder.config()) || !Files.exists(folder.metricsJsonl())) {
      throw new UserErrorException(
          "run %s: expected a run folder with config.yaml and metrics.jsonl, or a sweep's folder; found none of them"
              .formatted(path));
    }
    return new RunRecords(
        folder,
        text(folder.config()),
        jsonIfThere(folder.description()),
        jsonIfThere(folder.provenance()),
        rounds(folder.metricsJsonl()),
        probes(folder.probes()),
        StoredRun.find(path).orElse(null));
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
    return jsonIfThere(folder.confusion(method, seed));
  }

  /** The estimator's diagnostics; missing where there are none. */
  JsonNode diagnostics(String method, long seed) {
    return jsonIfThere(folder.diagnostics(method, seed));
  }

  static JsonNode jsonIfThere(Path file) {
    try {
      return Files.exists(file)
          ? JSON.readTree(text(file))
          : com.fasterxml.jackson.databind.node.MissingNode.getInstance();
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new BadDataException(file, "", "JSON", e.getOriginalMessage());
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** A last line without its end was being written when the run was killed: it is left out. */
  private static Map<Key, TreeMap<Integer, JsonNode>> rounds(Path file) {
    Map<Key, TreeMap<Integer, JsonNode>> rounds = new LinkedHashMap<>();
    String text = text(file);
    List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      try {
        JsonNode row = JSON.readTree(lines.get(i));
        Key key = new Key(row.path("method").asText(), row.path("seed").longValue());
        rounds.computeIfAbsent(key, k -> new TreeMap<>()).put(row.path("round").intValue(), row);
      } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
        throw new BadDataException(
            file, "line " + (i + 1), "a JSON object", e.getOriginalMessage());
      }
    }
    return rounds;
  }

  private static Map<Key, TreeMap<Integer, Map<String, Double>>> probes(Path file) {
    Map<Key, TreeMap<Integer, Map<String, Double>>> probes = new LinkedHashMap<>();
    if (!Files.exists(file)) {
      return probes;
    }
    List<String> lines = new ArrayList<>(text(file).lines().toList());
    String[] heads = lines.remove(0).split(",", -1);
    for (String line : lines) {
      String[] cells = line.split(",", -1);
      if (cells.length == heads.length) {
        Map<String, Double> row = new LinkedHashMap<>();
        for (int i = 3; i < cells.length; i++) {
          row.put(heads[i], Double.valueOf(cells[i]));
        }
        probes
            .computeIfAbsent(new Key(cells[0], Long.parseLong(cells[1])), k -> new TreeMap<>())
            .put(Integer.valueOf(cells[2]), row);
      }
    }
    return probes;
  }
}
