package org.zowarmup.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.zowarmup.federated.Traffic;

/**
 * Writes one line a round to metrics.jsonl and metrics.csv. Every line goes to the operating system
 * in one write, so a run that is killed loses at most the line it was at. A loss that is no finite
 * number, like an accuracy that was not measured, is null in JSON and empty in CSV.
 */
public final class MetricsWriter implements RunListener, AutoCloseable {
  private static final CsvSchema COLUMNS =
      CsvSchema.builder()
          .addColumn("method")
          .addColumn("seed")
          .addColumn("round")
          .addColumn("phase")
          .addColumn("trainLoss")
          .addColumn("testLoss")
          .addColumn("testAccuracy")
          .addColumn("validationLoss")
          .addColumn("validationAccuracy")
          .addColumn("bytesUpHigh")
          .addColumn("bytesUpLow")
          .addColumn("bytesDownHigh")
          .addColumn("bytesDownLow")
          .addColumn("seconds")
          .build();

  private static final ObjectWriter JSON = new ObjectMapper().writer();
  private static final ObjectWriter CSV = new CsvMapper().writer(COLUMNS);

  private final Path jsonFile;
  private final Path csvFile;
  private final OutputStream json;
  private final OutputStream csv;

  /** Makes both files, which must not exist, and writes the head of the CSV file. */
  public MetricsWriter(RunFolder folder) {
    jsonFile = folder.metricsJsonl();
    csvFile = folder.metricsCsv();
    json = open(jsonFile);
    csv = open(csvFile);
    append(csvFile, csv, String.join(",", COLUMNS.getColumnNames()) + "\n");
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    Map<String, Object> row = row(metrics);
    try {
      append(jsonFile, json, JSON.writeValueAsString(row) + "\n");
      append(csvFile, csv, CSV.writeValueAsString(row));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("metrics that cannot be written", e);
    }
  }

  private static Map<String, Object> row(RoundMetrics metrics) {
    Traffic traffic = metrics.traffic();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("method", metrics.method());
    row.put("seed", metrics.seed());
    row.put("round", metrics.round());
    row.put("phase", metrics.phase());
    row.put("trainLoss", finite(metrics.trainLoss()));
    row.put("testLoss", finite(metrics.testLoss()));
    row.put("testAccuracy", finite(metrics.testAccuracy()));
    row.put("validationLoss", finite(metrics.validationLoss()));
    row.put("validationAccuracy", finite(metrics.validationAccuracy()));
    row.put("bytesUpHigh", traffic.upHigh());
    row.put("bytesUpLow", traffic.upLow());
    row.put("bytesDownHigh", traffic.downHigh());
    row.put("bytesDownLow", traffic.downLow());
    row.put("seconds", finite(metrics.seconds()));
    return row;
  }

  /** The value, or null for what JSON has no number for. */
  static Double finite(Double value) {
    return value == null || !Double.isFinite(value) ? null : value;
  }

  private static OutputStream open(Path file) {
    try {
      return Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  private static void append(Path file, OutputStream out, String line) {
    try {
      out.write(line.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  @Override
  public void close() {
    close(jsonFile, json);
    close(csvFile, csv);
  }

  private static void close(Path file, OutputStream out) {
    try {
      out.close();
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }
}
