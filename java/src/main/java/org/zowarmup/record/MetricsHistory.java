package org.zowarmup.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.zowarmup.federated.Traffic;

/**
 * The rounds that metrics.jsonl tells of, up to its first line that is torn or no row.
 *
 * @param rows in the order of the file
 */
public record MetricsHistory(List<RoundMetrics> rows) {
  private static final ObjectMapper JSON = new ObjectMapper();

  public MetricsHistory {
    rows = List.copyOf(rows);
  }

  /** Reads a file; one that is missing holds no row. */
  public static MetricsHistory read(Path file) {
    List<RoundMetrics> rows = new ArrayList<>();
    if (!Files.isRegularFile(file)) {
      return new MetricsHistory(rows);
    }
    try {
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      int from = 0;
      // a line without its end was torn when the process was killed
      for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
        rows.add(row(JSON.readTree(text.substring(from, end))));
        from = end + 1;
      }
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return new MetricsHistory(rows);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
    return new MetricsHistory(rows);
  }

  private static RoundMetrics row(JsonNode row) {
    if (!row.path("round").isInt() || !row.path("method").isTextual()) {
      throw new IllegalArgumentException("no row of metrics");
    }
    Double trainLoss = number(row, "trainLoss");
    return new RoundMetrics(
        row.get("method").textValue(),
        row.path("seed").longValue(),
        row.get("round").intValue(),
        row.path("phase").asText(),
        trainLoss == null ? Double.NaN : trainLoss,
        number(row, "testLoss"),
        number(row, "testAccuracy"),
        number(row, "validationLoss"),
        number(row, "validationAccuracy"),
        new Traffic(
            row.path("bytesUpHigh").longValue(),
            row.path("bytesUpLow").longValue(),
            row.path("bytesDownHigh").longValue(),
            row.path("bytesDownLow").longValue()),
        row.path("seconds").doubleValue());
  }

  private static Double number(JsonNode row, String name) {
    return row.path(name).isNumber() ? row.get(name).doubleValue() : null;
  }

  /** Rounds 1, 2, ... of a method under a seed, as far as none is missing. */
  public List<RoundMetrics> of(String method, long seed) {
    List<RoundMetrics> own = new ArrayList<>();
    for (RoundMetrics row : rows) {
      if (row.method().equals(method) && row.seed() == seed && row.round() == own.size() + 1) {
        own.add(row);
      }
    }
    return own;
  }
}
