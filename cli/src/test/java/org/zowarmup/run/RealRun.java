package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.zowarmup.cli.Main;
import org.zowarmup.device.Devices;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Safetensors.Tensor;
import org.zowarmup.setup.ThreadBudget;

/**
 * One command line through the whole program, and what it left.
 *
 * @param folder the run folder that was asked for, whether or not it was made
 */
public record RealRun(int code, String out, String err, Path folder) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Runs {@code zowarmup} with these words; no part of it is replaced. */
  public static RealRun main(BooleanSupplier stopRequested, Path folder, String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new Main(
                Experiment::new,
                () -> Devices.list(ThreadBudget.threads(null)),
                signals -> stopRequested,
                new PrintWriter(out),
                new PrintWriter(err))
            .run(words);
    return new RealRun(code, out.toString(), err.toString(), folder);
  }

  /** {@code zowarmup train CONFIG OVERRIDES output=FOLDER}. */
  public static RealRun train(
      BooleanSupplier stopRequested, Path config, Path folder, String... overrides) {
    List<String> words = new ArrayList<>(List.of("train", config.toString()));
    words.addAll(List.of(overrides));
    words.add("output=" + folder);
    return main(stopRequested, folder, words.toArray(String[]::new));
  }

  /** A run that is expected to go well. */
  static RealRun good(Path config, Path folder, String... overrides) {
    RealRun run = train(() -> false, config, folder, overrides);
    assertEquals("", run.err());
    assertEquals(0, run.code());
    return run;
  }

  /** The rows of metrics.jsonl. */
  List<JsonNode> rows() {
    try {
      List<JsonNode> rows = new ArrayList<>();
      for (String line : Files.readAllLines(folder.resolve("metrics.jsonl"))) {
        rows.add(JSON.readTree(line));
      }
      return rows;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  List<JsonNode> rows(String method, long seed) {
    return rows().stream()
        .filter(row -> row.get("method").textValue().equals(method))
        .filter(row -> row.get("seed").longValue() == seed)
        .toList();
  }

  /** The text of metrics.jsonl, of every row all but these columns and its checksum. */
  String rowsWithout(String... columns) {
    StringBuilder text = new StringBuilder();
    for (JsonNode row : rows()) {
      text.append(without(row, columns)).append('\n');
    }
    return text.toString();
  }

  /** A row but for these columns and its checksum, as text: equal only where every digit is. */
  static String without(JsonNode row, String... columns) {
    ObjectNode rest = row.deepCopy();
    rest.remove("crc32c");
    return rest.remove(List.of(columns)).toString();
  }

  String text(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Names of the files in the run folder that match a pattern, sorted. */
  List<String> files(String pattern) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(pattern))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  JsonNode json(String file) {
    try {
      return JSON.readTree(Files.readString(folder.resolve(file)));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  Path weightsFile(String method, long seed) {
    return folder.resolve("weights-" + method + "-seed" + seed + ".safetensors");
  }

  /** The stored weights of a method, every bit of them. */
  public String weights(String method, long seed) {
    StringBuilder bits = new StringBuilder();
    for (Tensor tensor : Safetensors.read(weightsFile(method, seed)).tensors()) {
      bits.append(tensor.name());
      for (float value : tensor.values()) {
        bits.append(' ').append(Float.floatToRawIntBits(value));
      }
    }
    return bits.toString();
  }

  /** A folder and all that it holds. */
  public static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted().toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
    return to;
  }
}
