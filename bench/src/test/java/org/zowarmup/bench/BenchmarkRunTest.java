package org.zowarmup.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.bench.BenchmarkRun.Effort;
import org.zowarmup.error.ConfigException;

/** Every benchmark once under JMH, in this virtual machine and for the shortest time. */
final class BenchmarkRunTest {
  private static final Effort SHORTEST = new Effort(0, 0, 3, 1);
  private static final PrintStream NOWHERE = new PrintStream(PrintStream.nullOutputStream());

  @TempDir Path folder;

  @Test
  void runsEveryBenchmarkAndWritesWhatItFound() throws Exception {
    Path json = folder.resolve("results").resolve("smoke.json");
    ByteArrayOutputStream progress = new ByteArrayOutputStream();
    List<Measured> found =
        BenchmarkRun.run(
            SHORTEST,
            ".*",
            List.of("cnn"),
            json,
            new PrintStream(progress, true, StandardCharsets.UTF_8));

    assertEquals(
        List.of(
            "probe 16",
            "probe 64",
            "trainStep 16",
            "trainStep 64",
            "perturbPair 0",
            "accumulateSeeds 0",
            "weightedSum 0"),
        found.stream().map(m -> m.method() + " " + m.batch()).toList());
    JsonNode written = new ObjectMapper().readTree(json.toFile());
    assertEquals(found.size(), written.size());
    for (Measured m : found) {
      agrees(m, entry(written, m));
    }
    assertTrue(
        progress.toString(StandardCharsets.UTF_8).contains("probe batch=16 model=cnn ... "),
        progress.toString(StandardCharsets.UTF_8));
  }

  private static JsonNode entry(JsonNode written, Measured m) {
    for (JsonNode entry : written) {
      if (entry.get("benchmark").asText().endsWith("." + m.method())
          && entry.get("params").path("batch").asInt(0) == m.batch()) {
        return entry;
      }
    }
    throw new AssertionError("nothing was written for " + m);
  }

  /** The table's times against JMH's own file, which gives every iteration in microseconds. */
  private static void agrees(Measured m, JsonNode written) {
    JsonNode metric = written.get("primaryMetric");
    assertEquals("us/op", metric.get("scoreUnit").asText());
    double[] times = new double[3];
    for (int i = 0; i < times.length; i++) {
      times[i] = metric.get("rawData").get(0).get(i).asDouble() * 1e-6;
    }
    Arrays.sort(times);
    assertEquals(3, m.iterations());
    assertEquals(times[0], m.least(), 1e-9 * times[0]);
    assertEquals(times[1], m.median(), 1e-9 * times[1]);
    assertEquals(times[2], m.greatest(), 1e-9 * times[2]);
    assertTrue(m.least() > 0);
  }

  @Test
  void saysWhatIsNotMeasuredAndKeepsWhatWas() throws Exception {
    Path json = folder.resolve("earlier.json");
    Files.writeString(json, "earlier");
    ConfigException model =
        assertThrows(
            ConfigException.class,
            () -> BenchmarkRun.run(SHORTEST, ".*", List.of("vgg"), json, NOWHERE));
    assertEquals("model: expected one of cnn, resnet18, vit-tiny; found vgg", model.getMessage());
    ConfigException only =
        assertThrows(
            ConfigException.class,
            () -> BenchmarkRun.run(SHORTEST, "Nothing", List.of("cnn"), json, NOWHERE));
    assertTrue(only.getMessage().startsWith("--only: expected "), only.getMessage());
    assertEquals("earlier", Files.readString(json));
    try (var left = Files.list(folder)) {
      assertEquals(List.of(json), left.toList());
    }
  }
}
