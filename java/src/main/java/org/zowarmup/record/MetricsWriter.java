package org.zowarmup.record;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes one line a round to metrics.jsonl and metrics.csv. Every line goes to the operating system
 * in one write, so a run that is killed loses at most the line it was at. A loss that is no finite
 * number, like an accuracy that was not measured, is null in JSON and empty in CSV.
 */
public final class MetricsWriter implements RunListener, AutoCloseable {
  private static final CsvMapper MAPPER = Json.configured(CsvMapper.builder());
  private static final CsvSchema COLUMNS = MAPPER.typedSchemaFor(RoundMetrics.class);
  private static final String HEAD = String.join(",", COLUMNS.getColumnNames()) + "\n";
  private static final ObjectWriter CSV = MAPPER.writer(COLUMNS);

  private final Path jsonFile;
  private final Path csvFile;
  private FileChannel json;
  private FileChannel csv;

  private MetricsWriter(RunFolder folder, StandardOpenOption... options) {
    jsonFile = folder.metricsJsonl();
    csvFile = folder.metricsCsv();
    json = open(jsonFile, options);
    csv = open(csvFile, options);
  }

  /** Makes both files, which must not exist, and writes the head of the CSV file. */
  public MetricsWriter(RunFolder folder) {
    this(folder, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    append(csvFile, csv, HEAD);
  }

  public static MetricsWriter start(RunFolder folder) {
    return new MetricsWriter(folder);
  }

  /** For a run that is resumed: both files stay as they are until the run says what it keeps. */
  public static MetricsWriter resume(RunFolder folder) {
    return new MetricsWriter(folder, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Both files are made again with what is kept, each atomically. */
  @Override
  public void resumed(Resumption resumption) {
    close();
    StringBuilder lines = new StringBuilder();
    StringBuilder cells = new StringBuilder(HEAD);
    for (RoundMetrics metrics : resumption.kept()) {
      lines.append(jsonLine(metrics));
      cells.append(csvLine(metrics));
    }
    AtomicFile.writeText(jsonFile, lines.toString());
    AtomicFile.writeText(csvFile, cells.toString());
    json = open(jsonFile, StandardOpenOption.APPEND);
    csv = open(csvFile, StandardOpenOption.APPEND);
  }

  @Override
  public void checkpointing() {
    try {
      json.force(false);
      csv.force(false);
    } catch (IOException e) {
      throw AtomicFile.failure(jsonFile, e);
    }
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    append(jsonFile, json, jsonLine(metrics));
    append(csvFile, csv, csvLine(metrics));
  }

  private static String jsonLine(RoundMetrics metrics) {
    return Json.line(metrics) + "\n";
  }

  private static String csvLine(RoundMetrics metrics) {
    return Json.text(CSV, metrics);
  }

  private static FileChannel open(Path file, StandardOpenOption... options) {
    try {
      return FileChannel.open(file, options);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  private static void append(Path file, FileChannel out, String line) {
    try {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(line);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  @Override
  public void close() {
    close(jsonFile, json);
    close(csvFile, csv);
  }

  private static void close(Path file, FileChannel out) {
    try {
      out.close();
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }
}
