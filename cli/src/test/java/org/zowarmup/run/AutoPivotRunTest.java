package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * zowarmup-auto as a run: at a rate so small that no loss moves, it finds its pivot at round 10 of
 * a warm-up of at most 13.
 */
class AutoPivotRunTest {
  private static final int PIVOT = 10;

  @TempDir static Path shared;
  private static Path config;
  private static RealRun whole;
  private static int questions;

  @BeforeAll
  static void runWhole() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 8, 3);
    config =
        Files.writeString(
            shared.resolve("auto.yaml"),
            """
            name: auto
            seed: 7
            device: cpu
            threads: 1
            methods: [zowarmup-auto]
            data: {source: image-folder, path: "%s", validation: 0.25}
            clients: {count: 3, high: 0.67}
            model: {kind: cnn, channels: [4]}
            warmup: {rounds: 13, cohort: 1, localEpochs: 1, batch: 4, lr: 1.0e-9}
            zo: {rounds: 2, cohort: 2, seeds: 2, batch: 2, lr: 0.1, server: {optimizer: momentum}}
            evaluate: {everyRounds: 4, batch: 4}
            checkpoint: {everyRounds: 4, keep: 2}
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

  /** It is evaluated, though it is no fourth round, and is what the summary tells. */
  @Test
  void accuracyAtThePivotIsThatOfTheFoundOne() {
    List<JsonNode> rows = whole.rows();
    assertEquals(15, rows.size());
    for (int r = 0; r < 15; r++) {
      assertEquals(r < PIVOT ? "warmup" : "zo", rows.get(r).get("phase").asText());
      assertEquals(
          List.of(4, 8, 10, 12, 13, 15).contains(r + 1),
          rows.get(r).get("testAccuracy").isNumber(),
          "round " + (r + 1));
    }
    JsonNode atPivot = rows.get(PIVOT - 1).get("testAccuracy");
    assertEquals(atPivot, whole.json("summary.json").at("/results/0/pivotAccuracy"));
    assertTrue(
        !atPivot.equals(rows.get(12).get("testAccuracy")), "the steps are too small to tell them");
  }

  /** Two clients hold images back: both get the model and send four bytes, every warm-up round. */
  @Test
  void whatTheRuleNeedsIsCounted() {
    long model = 4 * whole.json("description.json").get("parameters").longValue();
    for (int r = 0; r < PIVOT; r++) {
      JsonNode row = whole.rows().get(r);
      assertEquals(model + 2 * 4, row.get("bytesUpHigh").longValue(), "round " + (r + 1));
      // whoever trains in the first round needs the initial weights as well
      assertEquals((r == 0 ? 3 : 2) * model, row.get("bytesDownHigh").longValue());
    }
  }

  @Test
  void aStopAtAnyPlaceChangesNothing() {
    for (int at = 2; at < questions; at += 5) {
      Path folder = shared.resolve("stop" + at);
      assertEquals(75, RealRun.train(ResumeTest.stopAt(at), config, folder).code());
      RealRun found = RealRun.main(() -> false, folder, "resume", folder.toString());
      String what = "stop at question " + at;
      assertEquals(0, found.code(), what + ": " + found.err());
      assertEquals(whole.rowsWithout("seconds"), found.rowsWithout("seconds"), what);
      assertEquals(whole.weights("zowarmup-auto", 7), found.weights("zowarmup-auto", 7), what);
      assertEquals(whole.text("probes.csv"), found.text("probes.csv"), what);
      assertEquals(
          whole.json("summary.json").at("/results/0/pivotAccuracy"),
          found.json("summary.json").at("/results/0/pivotAccuracy"),
          what);
      ResumeTest.assertSameDiagnostics(whole, found, what);
    }
  }

  @Test
  void replayBeginsAtTheFoundPivot() throws IOException {
    Path out = shared.resolve("replayed.safetensors");
    RealRun replay = replay(15, out);
    assertEquals(0, replay.code(), replay.err());
    assertTrue(replay.out().contains("5 rounds from the pivot at round 10"), replay.out());
    assertArrayEquals(
        Files.readAllBytes(whole.weightsFile("zowarmup-auto", 7)), Files.readAllBytes(out));
    RealRun refused = replay(9, out);
    assertEquals(2, refused.code());
    assertTrue(refused.err().contains("expected a round from 10 (the pivot)"), refused.err());
  }

  private static RealRun replay(int round, Path out) {
    return RealRun.main(
        () -> false,
        whole.folder(),
        "replay",
        whole.folder().toString(),
        "--round=" + round,
        "--device=reference",
        "--force",
        "--out=" + out);
  }

  /** From the metrics alone, where the run has ended and is started again. */
  @Test
  void aRunThatIsDoneKeepsItsPivot() throws IOException {
    Path folder = RealRun.copy(whole.folder(), shared.resolve("done"));
    RealRun again = RealRun.main(() -> false, folder, "resume", folder.toString());
    assertEquals(0, again.code(), again.err());
    assertEquals(
        whole.json("summary.json").get("results"), again.json("summary.json").get("results"));
  }
}
