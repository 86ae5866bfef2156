package org.zowarmup.record;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.record.file.GrowingFile;

/**
 * A CSV file beside the metrics with at most one line a round; its first columns are method, seed
 * and round. A resumed run cuts it back to the rounds that the metrics keep.
 */
final class RoundLog implements AutoCloseable {
  private final Path file;
  private final String head;

  /**
   * All lines that are in the file or were when the process started, by method, seed and round:
   * what one method cuts off, a later one may keep.
   */
  private final Map<String, String> lines = new HashMap<>();

  private GrowingFile out;

  /**
   * @param head names of the columns, without a line feed
   */
  RoundLog(Path file, String head) {
    this.file = file;
    this.head = head;
    if (Files.exists(file)) {
      read();
    }
  }

  /**
   * A line that a kill has torn has too few cells, or its round is none that the metrics know;
   * bytes that are no text are damage of their line alone.
   */
  private void read() {
    int columns = head.split(",", -1).length;
    try {
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        String[] cells = line.split(",", -1);
        if (cells.length == columns && !line.equals(head)) {
          lines.put(String.join(",", cells[0], cells[1], cells[2]), line);
        }
      }
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  private static String key(String method, long seed, int round) {
    return method + "," + seed + "," + round;
  }

  /** Those of the rounds, in their order, that have no line. */
  List<RoundMetrics> lacking(List<RoundMetrics> rows) {
    return rows.stream()
        .filter(row -> !lines.containsKey(key(row.method(), row.seed(), row.round())))
        .toList();
  }

  /** Makes the file with its head, unless it is there. */
  void start() {
    if (out == null) {
      out = new GrowingFile(file, StandardOpenOption.CREATE);
      if (out.isEmpty()) {
        write(head);
      }
    }
  }

  /**
   * One more line, in one write.
   *
   * @param cells after those of method, seed and round
   */
  void append(String method, long seed, int round, String cells) {
    start();
    String line = key(method, seed, round) + "," + cells;
    lines.put(key(method, seed, round), line);
    write(line);
  }

  private void write(String line) {
    out.append(StandardCharsets.UTF_8.encode(line + "\n"));
  }

  /**
   * Makes the file again, atomically, with one line for every round that is kept and has one, in
   * the order of the metrics. A file that is missing stays so.
   */
  void cutBack(Resumption resumption) {
    if (!Files.exists(file)) {
      return;
    }
    Set<String> keys = new LinkedHashSet<>();
    resumption.kept().forEach(row -> keys.add(key(row.method(), row.seed(), row.round())));
    StringBuilder text = new StringBuilder(head).append('\n');
    for (String key : keys) {
      if (lines.containsKey(key)) {
        text.append(lines.get(key)).append('\n');
      }
    }
    close();
    AtomicFile.writeText(file, text.toString());
  }

  /** Returns when all lines so far are on the disk. */
  void sync() {
    if (out != null) {
      out.sync();
    }
  }

  @Override
  public void close() {
    if (out != null) {
      out.close();
      out = null;
    }
  }
}
