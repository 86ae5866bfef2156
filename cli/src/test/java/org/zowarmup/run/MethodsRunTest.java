package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.ConfigException;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunListener;

/**
 * Every method, faults and privacy in whole runs on a few images, on one rank and on several, which
 * are threads of this process.
 */
class MethodsRunTest {
  @TempDir static Path shared;
  @TempDir Path folder;
  private static Path config;

  @BeforeAll
  static void writeConfig() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 20, 5);
    config =
        Files.writeString(
            shared.resolve("tiny.yaml"),
            """
            name: tiny
            seed: 11
            device: cpu
            threads: 1
            data: {source: image-folder, path: "%s", partition: {kind: dirichlet, alpha: 0.5}}
            clients: {count: 6, high: 0.34}
            model: {kind: cnn, channels: [4, 8]}
            warmup: {rounds: 2, cohort: 2, localEpochs: 1, batch: 4}
            zo: {rounds: 2, cohort: 5, seeds: 2, batch: 3, lr: 0.02}
            evaluate: {everyRounds: 4, batch: 4}
            """
                .formatted(images));
  }

  /** The same run on ranks leaves the same, to the bit: weights, seed logs, rows, faults. */
  private void assertSameOnRanks(RealRun whole, int ranks, String... overrides) throws IOException {
    Path other = folder.resolve(whole.folder().getFileName() + "-on-" + ranks);
    List<String> words = new ArrayList<>(List.of(overrides));
    words.add("output=" + other);
    new Experiment()
        .onThreads(
            Collections.nCopies(ranks, "cpu"),
            ConfigLoader.load(config, words),
            null,
            List.of("test"),
            new RunListener() {},
            () -> false);
    RealRun run = new RealRun(0, "", "", other);
    String name = ranks + " ranks, " + words;
    assertEquals(whole.rowsWithout("seconds"), run.rowsWithout("seconds"), name);
    List<String> files = whole.files("(weights|seeds|confusion|privacy|faults).*");
    assertTrue(files.size() > 2, files.toString());
    assertEquals(files, run.files("(weights|seeds|confusion|privacy|faults).*"), name);
    for (String file : files) {
      assertArrayEquals(
          Files.readAllBytes(whole.folder().resolve(file)),
          Files.readAllBytes(other.resolve(file)),
          () -> file + " of " + name);
    }
  }

  @Test
  void everyMethodRunsToItsEnd() throws IOException {
    List<String> names = Methods.names();
    assertTrue(names.size() >= 15, names.toString());
    String list = names.stream().collect(Collectors.joining(", ", "methods=[", "]"));
    RealRun run = RealRun.good(config, folder.resolve("all"), list);
    for (String name : names) {
      assertEquals(4, run.rows(name, 11).size(), name);
      assertTrue(run.rows(name, 11).get(3).get("testAccuracy").isNumber(), name);
    }
    assertFalse(Files.exists(run.folder().resolve("faults.csv")));
    assertFalse(Files.exists(run.folder().resolve("privacy-zowarmup.json")));
    assertSameOnRanks(run, 3, list);
    assertSameOnRanks(run, 4, list);
  }

  /** What a rank decides for all: who is refused, what a median and a server's optimizer make. */
  @ParameterizedTest
  @CsvSource({"median, adam, momentum, 2", "trimmed-mean, yogi, adam, 3"})
  void optimizersMediansAndFaultsAreTheSameOnRanks(
      String aggregate, String warmup, String zo, int ranks) throws IOException {
    String[] words = {
      "methods=[zowarmup, zowarmup-auto, heterofl, fedprox, decomfl]",
      "warmup.server.optimizer=" + warmup,
      "zo.server.optimizer=" + zo,
      "warmup.server.aggregate=" + aggregate,
      "warmup.cohort=3",
      "clients.high=0.5",
      "faults.dropout=0.2",
      "faults.corrupt=0.2",
      "faults.onBadAnswer=refuse",
      "faults.maxScalar=50",
      "zo.rounds=4"
    };
    RealRun run = RealRun.good(config, folder.resolve("robust"), words);
    assertSameOnRanks(run, ranks, words);
  }

  @Test
  void ranksOfOneProcessHaveTheImagesOnce() {
    long images = 12_000L * 28 * 28;
    long before = Pointer.totalBytes();
    AtomicLong held = new AtomicLong();
    RunListener listener =
        new RunListener() {
          @Override
          public void roundFinished(RoundMetrics metrics) {
            held.set(Pointer.totalBytes() - before);
          }
        };
    for (String last : List.of("cpu", "none")) {
      RunConfig embedded =
          ConfigLoader.load(
              config,
              List.of(
                  "data.source=fashion-mnist-mini",
                  "data.path=null",
                  "methods=[zowarmup]",
                  "evaluate.maxImages=8",
                  "output=" + folder.resolve(last)));
      Executable run =
          () ->
              new Experiment()
                  .onThreads(
                      List.of("cpu", "cpu", "cpu", last),
                      embedded,
                      null,
                      List.of("test"),
                      listener,
                      () -> false);
      if (last.equals("cpu")) {
        assertDoesNotThrow(run);
        long bytes = held.get();
        assertTrue(bytes >= images && bytes < 2 * images, bytes + " for images of " + images);
      } else {
        assertThrows(ConfigException.class, run);
      }
      assertEquals(before, Pointer.totalBytes(), "bytes are left of ranks that end on " + last);
    }
  }

  /** Of 2 rounds of 2 and 2 of 5 clients every one corrupts or drops with these chances. */
  @Test
  void whatTheServerDidWithoutIsCounted() throws IOException {
    RealRun run =
        RealRun.good(
            config,
            folder.resolve("faults"),
            "methods=[zowarmup]",
            "seed=3",
            "faults.dropout=0.5",
            "faults.onBadAnswer=refuse");
    List<String> lines = Files.readAllLines(run.folder().resolve("faults.csv"));
    assertEquals("method,seed,round,dropped,late,refused", lines.get(0));
    assertTrue(lines.size() > 1);
    for (String line : lines.subList(1, lines.size())) {
      assertTrue(line.matches("zowarmup,3,[1-4],[1-5],0,0"), line);
    }
    assertEquals(4, run.rows().size());
  }

  @Test
  void privacyIsAccountedFor() throws IOException {
    String[] words = {
      "methods=[zowarmup, high-res-only]",
      "privacy.clipChange=1",
      "privacy.changeNoise=0.5",
      "privacy.clipScalars=1",
      "privacy.scalarNoise=2",
      "zo.ownSeeds=false"
    };
    RealRun run = RealRun.good(config, folder.resolve("private"), words);
    assertSameOnRanks(run, 3, words);
    double both = run.json("privacy-zowarmup.json").get("epsilon").doubleValue();
    assertTrue(both > 0.1 && both < 1000, both + "");
    assertEquals(1e-5, run.json("privacy-zowarmup.json").get("delta").doubleValue());
    RealRun half =
        RealRun.good(
            config,
            folder.resolve("half"),
            "methods=[zowarmup]",
            "privacy.clipChange=1",
            "privacy.changeNoise=0.5");
    assertTrue(half.json("privacy-zowarmup.json").get("epsilon").isNull());
  }
}
