package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Safetensors.Tensor;

/** The main job in small, on real images, from the command line to the files of the run folder. */
class RunEndToEndTest {
  private static final List<String> METHODS = List.of("zowarmup", "high-res-only");
  private static final long SEED = 3;

  @TempDir(factory = MemoryFolder.class)
  static Path shared;

  private static Path config;
  private static RealRun run;

  @BeforeAll
  static void runOnce() throws IOException {
    // Four clients are high-resource and all of them train in every warm-up round, so that no lane
    // of up to four threads has more than one of them.
    config =
        Files.writeString(
            shared.resolve("e2e.yaml"),
            """
            name: e2e
            seed: 3
            repeats: 2
            device: cpu
            threads: 2
            data: {source: fashion-mnist-mini}
            clients: {count: 40, high: 0.1}
            warmup: {rounds: 2, cohort: 4, localEpochs: 1, batch: 32}
            zo: {rounds: 3, cohort: 10, seeds: 2, batch: 8}
            evaluate: {everyRounds: 2, batch: 250}
            """);
    run = RealRun.good(config, shared.resolve("run"));
  }

  @Test
  void theFolderHoldsTheseFilesAndNoOther() throws IOException {
    try (Stream<Path> files = Files.list(run.folder())) {
      assertEquals(
          Set.of(
              ".lock",
              "checksums.json",
              "identity.json",
              "checkpoints",
              "seeds-zowarmup-seed3.log",
              "seeds-zowarmup-seed4.log",
              "config.yaml",
              "provenance.json",
              "metrics.jsonl",
              "metrics.csv",
              "summary.json",
              "weights-zowarmup-seed3.safetensors",
              "weights-zowarmup-seed4.safetensors",
              "weights-high-res-only-seed3.safetensors",
              "weights-high-res-only-seed4.safetensors",
              "description.json",
              "run.log",
              "probes.csv",
              "partition.csv",
              "clients-zowarmup-seed3.csv",
              "clients-zowarmup-seed4.csv",
              "clients-high-res-only-seed3.csv",
              "clients-high-res-only-seed4.csv",
              "estimator-zowarmup-seed3.json",
              "estimator-zowarmup-seed4.json",
              "confusion-zowarmup-seed3.json",
              "confusion-zowarmup-seed4.json",
              "confusion-high-res-only-seed3.json",
              "confusion-high-res-only-seed4.json"),
          files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()));
    }
  }

  @Test
  void everyMethodAndSeedHasEveryRoundOnce() {
    assertEquals(2 * 2 * 5, run.rows().size());
    for (String method : METHODS) {
      for (long seed = SEED; seed < SEED + 2; seed++) {
        List<JsonNode> rows = run.rows(method, seed);
        for (int i = 0; i < 5; i++) {
          JsonNode row = rows.get(i);
          assertEquals(i + 1, row.get("round").intValue());
          boolean zo = method.equals("zowarmup") && i >= 2;
          assertEquals(zo ? "zo" : "warmup", row.get("phase").textValue());
          // every second round, which the pivot is too, and the last
          boolean evaluated = Set.of(2, 4, 5).contains(i + 1);
          for (String column :
              List.of("testLoss", "testAccuracy", "validationLoss", "validationAccuracy")) {
            assertEquals(evaluated, row.get(column).isNumber(), column + " of " + row);
            assertEquals(!evaluated, row.get(column).isNull(), column + " of " + row);
          }
          assertTrue(row.get("trainLoss").isNumber() && row.get("seconds").doubleValue() > 0);
        }
      }
    }
  }

  @Test
  void thePivotIsEvaluatedWhateverTheInterval() throws IOException {
    RealRun rare = RealRun.good(config, shared.resolve("rare"), "evaluate.everyRounds=1000000");
    List<Integer> evaluated =
        rare.rows("zowarmup", SEED).stream()
            .filter(row -> row.get("testAccuracy").isNumber())
            .map(row -> row.get("round").intValue())
            .toList();
    assertEquals(List.of(2, 5), evaluated);
    JsonNode pivot = rare.json("summary.json").at("/results/0/pivotAccuracy");
    assertEquals(rare.rows("zowarmup", SEED).get(1).get("testAccuracy"), pivot);
  }

  @Test
  void bothMetricsFilesSayTheSame() throws IOException {
    List<String> csv = Files.readAllLines(run.folder().resolve("metrics.csv"));
    assertEquals(
        "method,seed,round,phase,trainLoss,testLoss,testAccuracy,validationLoss,"
            + "validationAccuracy,bytesUpHigh,bytesUpLow,bytesDownHigh,bytesDownLow,"
            + "clientsHigh,clientsLow,firstHigh,firstLow,trainFlopsHigh,trainFlopsLow,"
            + "probeFlopsHigh,probeFlopsLow,seconds",
        csv.get(0));
    List<JsonNode> rows = run.rows();
    assertEquals(rows.size() + 1, csv.size());
    for (int i = 0; i < rows.size(); i++) {
      List<String> cells = new ArrayList<>();
      ObjectNode row = rows.get(i).deepCopy();
      assertTrue(row.remove("crc32c").textValue().matches("[0-9a-f]{8}"), row.toString());
      row.elements().forEachRemaining(v -> cells.add(v.isNull() ? "" : v.asText()));
      assertEquals(String.join(",", cells), csv.get(i + 1));
    }
  }

  @Test
  void accuraciesAreWholeNumbersOfImages() {
    // 2,000 test images; 40 clients of 250 images hold 25 back each
    for (JsonNode row : run.rows()) {
      if (row.get("testAccuracy").isNumber()) {
        double hits = row.get("testAccuracy").doubleValue() * 2000;
        double held = row.get("validationAccuracy").doubleValue() * 1000;
        assertEquals(Math.rint(hits), hits, 1e-9);
        assertEquals(Math.rint(held), held, 1e-9);
        assertTrue(hits >= 0 && hits <= 2000 && held >= 0 && held <= 1000);
      }
    }
  }

  @Test
  void theSummaryFollowsFromTheMetrics() {
    JsonNode summary = run.json("summary.json");
    assertFalse(summary.get("interrupted").booleanValue());
    assertEquals(4, summary.get("highClients").intValue());
    assertEquals(36, summary.get("lowClients").intValue());
    assertEquals(4, summary.get("results").size());
    for (JsonNode result : summary.get("results")) {
      List<JsonNode> rows =
          run.rows(result.get("method").textValue(), result.get("seed").longValue());
      assertEquals(5, result.get("roundsDone").intValue());
      assertEquals(5, result.get("roundsPlanned").intValue());
      assertEquals(rows.get(4).get("testAccuracy"), result.get("testAccuracy"));
      assertEquals(rows.get(4).get("testLoss"), result.get("testLoss"));
      assertEquals(rows.get(4).get("validationAccuracy"), result.get("validationAccuracy"));
      assertEquals(rows.get(1).get("testAccuracy"), result.get("pivotAccuracy"));
      for (String column : List.of("bytesUpHigh", "bytesUpLow", "bytesDownHigh", "bytesDownLow")) {
        long sum = rows.stream().mapToLong(row -> row.get(column).longValue()).sum();
        assertEquals(sum, result.get(column).longValue(), column);
      }
    }
    double[] differences =
        IntStream.range(0, 2)
            .mapToDouble(
                r ->
                    run.rows("zowarmup", SEED + r).get(4).get("testAccuracy").doubleValue()
                        - run.rows("high-res-only", SEED + r)
                            .get(4)
                            .get("testAccuracy")
                            .doubleValue())
            .toArray();
    JsonNode paired = summary.at("/paired/0");
    assertEquals(2, paired.get("count").intValue());
    assertEquals((differences[0] + differences[1]) / 2, paired.get("mean").doubleValue(), 1e-12);
    assertTrue(run.out().endsWith("Run folder: " + run.folder() + "\n"), run.out());
  }

  @Test
  void provenanceNamesWhatComputed() {
    JsonNode provenance = run.json("provenance.json");
    Set<String> names = new TreeSet<>();
    provenance.fieldNames().forEachRemaining(names::add);
    assertEquals(
        Set.of(
            "version",
            "commit",
            "dirty",
            "start",
            "commandLine",
            "jdk",
            "os",
            "cpu",
            "coresAllowed",
            "libraries"),
        names);
    assertEquals(
        "[\"zowarmup\",\"train\",\"%s\",\"output=%s\"]".formatted(config, run.folder()),
        provenance.get("commandLine").toString());
    assertTrue(provenance.get("libraries").size() >= 2, provenance.get("libraries").toString());
  }

  /** Names and shapes that PyTorch gives to such a network, in the order of its state_dict. */
  @Test
  void weightsAreThoseOfAPyTorchModule() {
    Map<String, int[]> shapes =
        Map.of(
            "conv1.weight", new int[] {8, 1, 3, 3},
            "norm1.weight", new int[] {8},
            "norm1.bias", new int[] {8},
            "conv2.weight", new int[] {16, 8, 3, 3},
            "norm2.weight", new int[] {16},
            "norm2.bias", new int[] {16},
            "fc.weight", new int[] {10, 784},
            "fc.bias", new int[] {10});
    for (String method : METHODS) {
      Safetensors.Content file = Safetensors.read(run.weightsFile(method, SEED));
      assertEquals(
          List.of(
              "conv1.weight",
              "norm1.weight",
              "norm1.bias",
              "conv2.weight",
              "norm2.weight",
              "norm2.bias",
              "fc.weight",
              "fc.bias"),
          file.tensors().stream().map(Tensor::name).toList());
      for (Tensor tensor : file.tensors()) {
        assertArrayEquals(shapes.get(tensor.name()), tensor.shape(), tensor.name());
        for (float value : tensor.values()) {
          assertTrue(Float.isFinite(value), tensor.name());
        }
      }
      assertEquals("cnn", file.metadata().get("model"));
      assertEquals("5", file.metadata().get("round"));
    }
    assertNotEquals(run.weights("zowarmup", SEED), run.weights("high-res-only", SEED));
    assertNotEquals(run.weights("zowarmup", SEED), run.weights("zowarmup", SEED + 1));
  }

  private static void assertSameResult(RealRun other) throws IOException {
    assertEquals(run.rowsWithout("seconds"), other.rowsWithout("seconds"));
    assertEquals(csvWithoutSeconds(run.folder()), csvWithoutSeconds(other.folder()));
    for (String method : METHODS) {
      for (long seed = SEED; seed < SEED + 2; seed++) {
        assertArrayEquals(
            Files.readAllBytes(run.weightsFile(method, seed)),
            Files.readAllBytes(other.weightsFile(method, seed)),
            method + ", seed " + seed);
      }
    }
  }

  private static List<String> csvWithoutSeconds(Path folder) throws IOException {
    return Files.readAllLines(folder.resolve("metrics.csv")).stream()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }

  @Test
  void theStoredConfigRepeatsTheRunBitForBit() throws IOException {
    Path stored = run.folder().resolve("config.yaml");
    RealRun again = RealRun.good(stored, shared.resolve("again"));
    assertSameResult(again);
    // and is itself stored as it was, but for its place and the checksum in its first line
    List<String> before = Files.readAllLines(stored);
    List<String> after = Files.readAllLines(again.folder().resolve("config.yaml"));
    assertTrue(before.get(0).startsWith("# checksum of the lines below: "), before.get(0));
    before.replaceAll(line -> line.replace(run.folder().toString(), again.folder().toString()));
    assertEquals(before.subList(1, before.size()), after.subList(1, after.size()));
  }

  @Test
  void theNumberOfThreadsChangesNoBit() throws IOException {
    for (int threads : new int[] {1, 3, 4}) {
      assertSameResult(
          RealRun.good(config, shared.resolve("threads" + threads), "threads=" + threads));
    }
  }

  /** The methods see the same partition, pools, cohorts and initial weights. */
  @Test
  void methodsArePairedUpToThePivot() {
    for (long seed = SEED; seed < SEED + 2; seed++) {
      for (int i = 0; i < 5; i++) {
        String first = RealRun.without(run.rows("zowarmup", seed).get(i), "method", "seconds");
        String other = RealRun.without(run.rows("high-res-only", seed).get(i), "method", "seconds");
        if (i < 2) {
          assertEquals(first, other);
        } else {
          assertNotEquals(first, other);
        }
      }
    }
  }

  @Test
  void aRepeatIsTheRunOfItsSeed() {
    RealRun second = RealRun.good(config, shared.resolve("second"), "seed=4", "repeats=1");
    assertEquals(run.weights("zowarmup", 4), second.weights("zowarmup", 4));
    assertEquals(run.weights("high-res-only", 4), second.weights("high-res-only", 4));
  }

  @Test
  void theOrderOfMethodsChangesNoResult() {
    RealRun turned =
        RealRun.good(
            config, shared.resolve("turned"), "repeats=1", "methods=[high-res-only, zowarmup]");
    for (String method : METHODS) {
      assertEquals(run.weights(method, SEED), turned.weights(method, SEED));
    }
  }
}
