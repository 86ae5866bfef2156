package org.zowarmup.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;

/**
 * The rounds in metrics.jsonl, compared with metrics.csv, which says the same. What a kill or a
 * crash of the machine can leave at the end of the files, lines that are torn or no rows, is left
 * out; a bad line before a good one is damage, and so are rows about which the files disagree, or
 * whose checksum is not theirs.
 *
 * @param rows that are sound, in the order of the file
 * @param damage what is not, one sentence each
 */
public record MetricsHistory(List<RoundMetrics> rows, List<String> damage) {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsHistory.class);
  private static final ObjectReader ROW = Json.reader(RoundMetrics.class);
  private static final String SEPARATOR = ",";

  private static final String[] NAMES = MetricsWriter.HEAD.strip().split(SEPARATOR, -1);

  /**
   * Columns of what an evaluation gave; a round that a stop has left without is given them late.
   */
  private static final List<Integer> SCORES = columns("testLoss", "validationAccuracy");

  public MetricsHistory {
    rows = List.copyOf(rows);
    damage = List.copyOf(damage);
  }

  /**
   * Reads the rounds of a run; where the file is missing there are none.
   *
   * @throws UserErrorException that names the first damage
   */
  public static MetricsHistory read(RunFolder folder) {
    MetricsHistory history = survey(folder);
    if (!history.damage.isEmpty()) {
      throw new UserErrorException(
          "run folder %s: expected sound rows of metrics, found %s; put the file back, or zowarmup resume it with --discard"
              .formatted(folder.path(), history.damage.get(0)));
    }
    return history;
  }

  /** The same with the damage that is there. */
  public static MetricsHistory survey(RunFolder folder) {
    // first the file that is written last: of a run that goes on, it then knows no more than the
    // other
    Map<String, String> cells = cells(folder.metricsCsv());
    List<String> damage = new ArrayList<>();
    List<RoundMetrics> rows = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    List<Line> lines = lines(folder, damage);
    if (lines.size() > 1 && lines.stream().noneMatch(Line::sound)) {
      damage.add("no row of metrics.jsonl that fits identity.json: one of them is of another run");
      return new MetricsHistory(List.of(), damage);
    }
    for (Line one : lines) {
      RoundMetrics row = one.row;
      String round = "round %d of %s seed %d ".formatted(row.round(), row.method(), row.seed());
      String cell = cells.remove(key(row));
      String other = cell == null ? null : difference(row, cell);
      if (other != null) {
        damage.add(round + "with " + other);
      } else if (!one.sound) {
        damage.add(
            round
                + "in line %d of metrics.jsonl, which is not what the run wrote (another checksum)"
                    .formatted(one.number));
      } else if (!seen.add(key(row))) {
        damage.add(round + "twice in metrics.jsonl");
      } else {
        rows.add(row);
      }
    }
    damage.addAll(missing(cells));
    return new MetricsHistory(rows, damage);
  }

  /**
   * A line of metrics.jsonl.
   *
   * @param sound whether it is what the run wrote
   */
  private record Line(int number, RoundMetrics row, boolean sound) {}

  private static List<Line> lines(RunFolder folder, List<String> damage) {
    Path file = folder.metricsJsonl();
    String run = run(folder);
    List<Line> rows = new ArrayList<>();
    List<String> bad = new ArrayList<>();
    List<String> lines = wholeLines(file);
    boolean sealed =
        lines.stream().anyMatch(MetricsWriter::isSealed) || Checksums.readOrNone(folder).rows();
    int number = 0;
    for (String text : lines) {
      number++;
      try {
        boolean sound = run == null || MetricsWriter.isSound(text, run, sealed);
        rows.add(new Line(number, row(text), sound));
        damage.addAll(bad);
        bad.clear();
      } catch (JsonProcessingException | IllegalArgumentException e) {
        bad.add(
            new BadDataException(file, "line " + number, "a row of metrics", found(e))
                .getMessage());
      }
    }
    if (!bad.isEmpty()) {
      LOG.warn("{}; no row comes after it, so its rounds are taken as not yet done", bad.get(0));
    }
    return rows;
  }

  /** Null where it is not known: the rows are then compared with metrics.csv alone. */
  private static String run(RunFolder folder) {
    return Files.isRegularFile(folder.identity()) ? RunIdentity.read(folder.identity()).id() : null;
  }

  /** A line without its end was torn when the process was killed. */
  private static List<String> wholeLines(Path file) {
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    try {
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + file + ": " + RunFolder.reason(e), e);
    }
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

  /** Lines of metrics.csv by method, seed and round; those that are none are left out. */
  private static Map<String, String> cells(Path file) {
    Map<String, String> cells = new LinkedHashMap<>();
    List<String> lines = wholeLines(file);
    if (lines.isEmpty() || !MetricsWriter.HEAD.strip().equals(lines.get(0))) {
      return cells; // missing or of another version: there is nothing to compare with
    }
    for (String line : lines.subList(1, lines.size())) {
      String[] values = line.split(SEPARATOR, -1);
      if (values.length == NAMES.length && values[2].matches("[1-9][0-9]{0,8}")) {
        cells.put(String.join(SEPARATOR, values[0], values[1], values[2]), line);
      }
    }
    return cells;
  }

  private static String key(RoundMetrics row) {
    return String.join(SEPARATOR, row.method(), row.seed() + "", row.round() + "");
  }

  /** The first column in which a row and a line of metrics.csv differ; null where none does. */
  private static String difference(RoundMetrics row, String line) {
    String whole = MetricsWriter.csvLine(row).strip();
    if (whole.equals(line)) {
      return null;
    }
    String[] expected = whole.split(SEPARATOR, -1);
    String[] found = line.split(SEPARATOR, -1);
    boolean measured =
        SCORES.stream().anyMatch(i -> !expected[i].isEmpty())
            && SCORES.stream().anyMatch(i -> !found[i].isEmpty());
    for (int i = 0; i < NAMES.length; i++) {
      if (!same(expected[i], found[i]) && (measured || !SCORES.contains(i))) {
        return "%s %s in metrics.jsonl and %s in metrics.csv"
            .formatted(NAMES[i], expected[i], found[i]);
      }
    }
    return null;
  }

  /** Another Java may write the same number in other digits. */
  private static boolean same(String a, String b) {
    try {
      return a.equals(b) || Double.parseDouble(a) == Double.parseDouble(b);
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static List<Integer> columns(String first, String last) {
    List<String> names = List.of(NAMES);
    return IntStream.rangeClosed(names.indexOf(first), names.indexOf(last)).boxed().toList();
  }

  /** The rounds of metrics.csv that metrics.jsonl lacks, by method and seed. */
  private static List<String> missing(Map<String, String> cells) {
    Map<String, List<Integer>> rounds = new LinkedHashMap<>();
    for (String key : cells.keySet()) {
      String[] parts = key.split(SEPARATOR, -1);
      rounds
          .computeIfAbsent(parts[0] + " seed " + parts[1], k -> new ArrayList<>())
          .add(Integer.valueOf(parts[2]));
    }
    return rounds.entrySet().stream()
        .map(
            entry ->
                "%s of %s in metrics.csv alone".formatted(ranges(entry.getValue()), entry.getKey()))
        .toList();
  }

  /** For example {@code rounds 3 to 8}, of rounds that come in their order. */
  public static String ranges(List<Integer> rounds) {
    int first = rounds.get(0);
    int last = rounds.get(rounds.size() - 1);
    if (rounds.size() == last - first + 1) {
      return first == last ? "round " + first : "rounds " + first + " to " + last;
    }
    return rounds.stream().map(String::valueOf).collect(Collectors.joining(", ", "rounds ", ""));
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
