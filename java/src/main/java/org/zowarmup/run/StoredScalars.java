package org.zowarmup.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.record.Json;
import org.zowarmup.record.file.AtomicFile;

/**
 * The scalars that estimator diagnostics have measured so far, by length of the step, in the order
 * of the directions. Every part is on the disk before the next one starts, so that diagnostics
 * which are stopped again and again end all the same.
 */
final class StoredScalars {
  /** Key of the checksum of the weights that scalars belong to. */
  static final String WEIGHTS = "weightsChecksum";

  private static final Logger LOG = LoggerFactory.getLogger(StoredScalars.class);
  private static final String SCALARS = "scalars";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final String weights;
  private final TreeMap<Double, double[]> byStep = new TreeMap<>();

  private StoredScalars(Path file, String weights) {
    this.file = file;
    this.weights = weights;
  }

  /**
   * Takes what a file holds, nothing where it is missing, torn, or about other weights.
   *
   * @param weights checksum of the weights
   */
  static StoredScalars open(Path file, String weights) {
    StoredScalars stored = new StoredScalars(file, weights);
    JsonNode tree = read(file);
    if (tree.path(WEIGHTS).asText().equals(weights)) {
      tree.path(SCALARS)
          .fields()
          .forEachRemaining(
              field ->
                  stored.byStep.put(
                      Double.valueOf(field.getKey()),
                      JSON.convertValue(field.getValue(), double[].class)));
    }
    return stored;
  }

  /** True where a file of JSON, these diagnostics or finished ones, is about these weights. */
  static boolean isOf(Path file, String weights) {
    return read(file).path(WEIGHTS).asText().equals(weights);
  }

  private static JsonNode read(Path file) {
    try {
      return Files.exists(file) ? JSON.readTree(file.toFile()) : JSON.createObjectNode();
    } catch (IOException e) {
      LOG.debug("{} is measured again: {}", file, e.getMessage());
      return JSON.createObjectNode();
    }
  }

  /** Scalars along the first directions, as many as there are. */
  double[] of(double step) {
    return byStep.getOrDefault(step, new double[0]).clone();
  }

  /** Scalars along the next directions; they are on the disk when this returns. */
  void add(double step, double[] scalars) {
    double[] before = of(step);
    double[] all = Arrays.copyOf(before, before.length + scalars.length);
    System.arraycopy(scalars, 0, all, before.length, scalars.length);
    byStep.put(step, all);
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put(WEIGHTS, weights);
    tree.put(SCALARS, byStep);
    Json.write(file, tree);
  }

  /** When the diagnostics are complete. */
  void remove() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }
}
