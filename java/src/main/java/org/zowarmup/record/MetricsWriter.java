package org.zowarmup.record;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.record.file.GrowingFile;
import org.zowarmup.record.file.StorageException;

/**
 * Writes one line a round to metrics.jsonl and metrics.csv. Every line goes to the operating system
 * in one write, so a run that is killed loses at most the line it was at. A loss that is no finite
 * number, like an accuracy that was not measured, is null in JSON and empty in CSV. A line of JSON
 * ends with its checksum.
 */
public final class MetricsWriter implements RunListener, AutoCloseable {
  private static final CsvMapper MAPPER = Json.configured(CsvMapper.builder());
  private static final CsvSchema COLUMNS = MAPPER.typedSchemaFor(RoundMetrics.class);
  static final String HEAD = String.join(",", COLUMNS.getColumnNames()) + "\n";
  private static final Pattern SECONDS = Pattern.compile(",\"seconds\":[^,}]*");
  private static final Pattern SEAL = Pattern.compile("(.*),\"crc32c\":\"([0-9a-f]{8})\"\\}");
  private static final ObjectWriter CSV = MAPPER.writer(COLUMNS);

  private final RunFolder folder;
  private final String run;
  private GrowingFile json;
  private GrowingFile csv;

  /** What the files held when the run was resumed: one of these rows may lack its evaluation. */
  private List<RoundMetrics> kept = List.of();

  private MetricsWriter(RunFolder folder, String run, StandardOpenOption... options) {
    this.folder = folder;
    this.run = run;
    open(options);
  }

  /**
   * Makes both files, which must not exist, and writes the head of the CSV file.
   *
   * @param run {@link RunIdentity#id}, part of every checksum
   */
  public MetricsWriter(RunFolder folder, String run) {
    this(folder, run, StandardOpenOption.CREATE_NEW);
    csv.append(bytes(HEAD));
  }

  /**
   * For a run that is resumed: both files stay as they are until the run says what it keeps.
   *
   * @param rows that metrics.jsonl holds; metrics.csv is written again where it is missing
   */
  public static MetricsWriter resume(RunFolder folder, String run, List<RoundMetrics> rows) {
    if (!Files.exists(folder.metricsCsv())) {
      AtomicFile.writeText(folder.metricsCsv(), cells(rows));
    }
    return new MetricsWriter(folder, run, StandardOpenOption.CREATE);
  }

  /**
   * Makes both files again, each atomically. metrics.csv comes first: whenever a kill comes, it has
   * no row that metrics.jsonl lacks.
   */
  public static void rewrite(RunFolder folder, String run, List<RoundMetrics> rows) {
    StringBuilder lines = new StringBuilder();
    rows.forEach(row -> lines.append(jsonLine(row, run)));
    AtomicFile.writeText(folder.metricsCsv(), cells(rows));
    AtomicFile.writeText(folder.metricsJsonl(), lines.toString());
  }

  private static String cells(List<RoundMetrics> rows) {
    StringBuilder cells = new StringBuilder(HEAD);
    rows.forEach(row -> cells.append(csvLine(row)));
    return cells.toString();
  }

  private void open(StandardOpenOption... options) {
    json = new GrowingFile(folder.metricsJsonl(), options);
    try {
      csv = new GrowingFile(folder.metricsCsv(), options);
    } catch (StorageException e) {
      json.close();
      throw e;
    }
  }

  private void replace(List<RoundMetrics> rows) {
    close();
    rewrite(folder, run, rows);
    open();
  }

  @Override
  public void resumed(Resumption resumption) {
    kept = resumption.kept();
    replace(kept);
  }

  @Override
  public void checkpointing() {
    json.sync();
    csv.sync();
  }

  @Override
  public void finished(RunResult result) {
    checkpointing();
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    List<RoundMetrics> measured =
        kept.stream().map(row -> row.isRoundOf(metrics) ? metrics : row).toList();
    boolean late = kept.stream().anyMatch(metrics::isRoundOf);
    kept = List.of();
    if (late) {
      replace(measured);
    } else {
      json.append(bytes(jsonLine(metrics, run)));
      csv.append(bytes(csvLine(metrics)));
    }
  }

  private static String jsonLine(RoundMetrics metrics, String run) {
    String line = Json.line(metrics);
    return line.substring(0, line.length() - 1)
        + ",\"crc32c\":\"%s\"}\n".formatted(checksum(line, run));
  }

  /** Without the seconds, so that rounds that gave the same have the same. */
  private static String checksum(String line, String run) {
    return RunFolder.checksum(SECONDS.matcher(line).replaceFirst("") + run);
  }

  /**
   * Whether a line of JSON is what a run wrote; one of an older version has no checksum.
   *
   * @param sealed whether all lines have one
   */
  static boolean isSound(String line, String run, boolean sealed) {
    Matcher seal = SEAL.matcher(line);
    return seal.matches() ? checksum(seal.group(1) + "}", run).equals(seal.group(2)) : !sealed;
  }

  /** Whether a line has a checksum. */
  static boolean isSealed(String line) {
    return SEAL.matcher(line).matches();
  }

  static String csvLine(RoundMetrics metrics) {
    return Json.text(CSV, metrics);
  }

  private static ByteBuffer bytes(String line) {
    return StandardCharsets.UTF_8.encode(line);
  }

  @Override
  public void close() {
    json.close();
    csv.close();
  }
}
