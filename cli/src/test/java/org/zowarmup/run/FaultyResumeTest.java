package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With clients that fail and with noise, too, a resumed run equals one that never stopped. */
class FaultyResumeTest {
  private static final List<String> METHODS = List.of("zowarmup", "high-res-only", "zowarmup-auto");

  @TempDir(factory = MemoryFolder.class)
  static Path shared;

  private static Path config;
  private static RealRun whole;
  private static int questions;

  @BeforeAll
  static void runWhole() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 12, 3);
    config =
        Files.writeString(
            shared.resolve("faulty.yaml"),
            """
            name: faulty
            seed: 7
            device: cpu
            threads: 1
            methods: [zowarmup, high-res-only, zowarmup-auto]
            data: {source: image-folder, path: "%s", validation: 0.25}
            clients: {count: 8, high: 0.5}
            model: {kind: cnn, channels: [4]}
            warmup: {rounds: 4, cohort: 4, localEpochs: 1, batch: 4}
            zo: {rounds: 6, cohort: 6, seeds: 2, batch: 2, schedule: constant}
            evaluate: {everyRounds: 2, batch: 4, diagnostics: false}
            checkpoint: {everyRounds: 3}
            faults: {dropout: 0.2, latencySpread: 0.6, deadline: 2, corrupt: 0.1, onBadAnswer: refuse}
            privacy: {clipChange: 1, changeNoise: 0.1, clipScalars: 5, scalarNoise: 0.1}
            """
                .formatted(images));
    AtomicInteger asked = new AtomicInteger();
    whole =
        RealRun.train(
            () -> {
              asked.incrementAndGet();
              return false;
            },
            config,
            shared.resolve("whole"));
    assertEquals(0, whole.code(), whole.err());
    questions = asked.get();
  }

  private static void assertSame(RealRun expected, RealRun found, String what) {
    assertEquals(0, found.code(), what + ": " + found.err());
    assertEquals(expected.rowsWithout("seconds"), found.rowsWithout("seconds"), what);
    assertEquals(expected.text("faults.csv"), found.text("faults.csv"), what);
    assertEquals(expected.text("probes.csv"), found.text("probes.csv"), what);
    for (String method : METHODS) {
      assertEquals(expected.weights(method, 7), found.weights(method, 7), what);
      String privacy = "privacy-" + method + ".json";
      assertEquals(expected.text(privacy), found.text(privacy), what);
    }
  }

  private static RealRun resume(Path folder, int stopAt, String... overrides) {
    String[] words =
        Stream.concat(Stream.of("resume", folder.toString()), Stream.of(overrides))
            .toArray(String[]::new);
    return RealRun.main(ResumeTest.stopAt(stopAt), folder, words);
  }

  /** Else the tests below would compare nothing. */
  @Test
  void thereAreFaultsOfEveryKindInEveryMethod() {
    List<String> lines = whole.text("faults.csv").lines().skip(1).toList();
    HashSet<String> methods = new HashSet<>();
    int[] sums = new int[3];
    for (String line : lines) {
      String[] cells = line.split(",", -1);
      methods.add(cells[0]);
      for (int i = 0; i < 3; i++) {
        sums[i] += Integer.parseInt(cells[3 + i]);
      }
    }
    assertEquals(new HashSet<>(METHODS), methods);
    assertTrue(sums[0] > 0 && sums[1] > 0 && sums[2] > 0, lines.toString());
    assertTrue(whole.json("privacy-zowarmup.json").get("epsilon").isNumber());
  }

  @Test
  void aStopAtAnyPlaceChangesNothing() {
    for (int at = 2; at < questions; at += 7) {
      Path folder = shared.resolve("stop" + at);
      assertEquals(75, RealRun.train(ResumeTest.stopAt(at), config, folder).code());
      assertSame(whole, resume(folder, Integer.MAX_VALUE), "stop at question " + at);
    }
  }

  /** Lines of the files beside the metrics go where the rows have gone. */
  @Test
  void discardedRowsAreRunAgain() throws IOException {
    List<String> rows = Files.readAllLines(whole.folder().resolve("metrics.jsonl"));
    for (int keep = 1; keep < rows.size(); keep += 4) {
      Path folder = RealRun.copy(whole.folder(), shared.resolve("keep" + keep));
      Files.write(folder.resolve("metrics.jsonl"), rows.subList(0, keep));
      String faults = whole.text("faults.csv");
      // doubled, and torn at its end
      Files.writeString(
          folder.resolve("faults.csv"),
          faults + faults.substring(faults.indexOf('\n') + 1) + "zowarmup,7,1");
      assertEquals(2, resume(folder, Integer.MAX_VALUE).code(), keep + " rows kept");
      assertSame(whole, resume(folder, Integer.MAX_VALUE, "--discard"), keep + " rows kept");
    }
  }

  /** All methods continue, each from rounds that come after those that the one before it adds. */
  @Test
  void moreRoundsKeepTheLinesOfEveryMethod() {
    RealRun longer = RealRun.good(config, shared.resolve("long"), "zo.rounds=9");
    RealRun.good(config, shared.resolve("short"));
    RealRun extended = resume(shared.resolve("short"), Integer.MAX_VALUE, "zo.rounds=9");
    assertEquals(longer.text("faults.csv"), extended.text("faults.csv"));
    assertFalse(longer.text("faults.csv").equals(whole.text("faults.csv")));
  }
}
