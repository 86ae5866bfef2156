package org.zowarmup.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.error.BadDataException;

/**
 * The rounds in metrics.jsonl. What a kill or a crash of the machine can leave at the end of the
 * file, lines that are torn or no rows, is left out; a bad line before a good one is damage.
 *
 * @param rows in the order of the file
 */
public record MetricsHistory(List<RoundMetrics> rows) {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsHistory.class);
  private static final ObjectReader ROW = Json.reader(RoundMetrics.class);

  public MetricsHistory {
    rows = List.copyOf(rows);
  }

  /**
   * Reads a file; one that is missing holds no row.
   *
   * @throws BadDataException that names the first bad line where a good one comes after it
   */
  public static MetricsHistory read(Path file) {
    List<RoundMetrics> rows = new ArrayList<>();
    if (!Files.isRegularFile(file)) {
      return new MetricsHistory(rows);
    }
    String text;
    try {
      text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
    BadDataException bad = null;
    int from = 0;
    int line = 1;
    // a line without its end was torn when the process was killed
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from), line++) {
      try {
        RoundMetrics row = row(text.substring(from, end));
        if (bad != null) {
          throw bad;
        }
        rows.add(row);
      } catch (JsonProcessingException | IllegalArgumentException e) {
        if (bad == null) {
          bad = new BadDataException(file, "line " + line, "a row of metrics", found(e));
        }
      }
      from = end + 1;
    }
    if (bad != null) {
      LOG.warn(
          "{}; no row comes after it, so its rounds are taken as not yet done", bad.getMessage());
    }
    return new MetricsHistory(rows);
  }

  private static RoundMetrics row(String line) throws JsonProcessingException {
    RoundMetrics row = ROW.readValue(line);
    if (row == null || row.method() == null || row.phase() == null || row.round() < 1) {
      throw new IllegalArgumentException("no row of metrics");
    }
    return row;
  }

  private static String found(Exception e) {
    return e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
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
