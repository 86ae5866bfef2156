package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.record.weights.Safetensors;

/** Runs that end before their time leave whole rounds, and say so. */
class StopAndDivergenceTest {
  private static final int WARMUP_ROUNDS = 2;
  private static final int ZO_ROUNDS = 2;
  private static final int ROUNDS = WARMUP_ROUNDS + ZO_ROUNDS;

  @TempDir(factory = MemoryFolder.class)
  static Path shared;

  private static Path config;
  private static RealRun whole;

  /** Weights after so many rounds, by method and round. */
  private static final Map<String, String> WEIGHTS = new HashMap<>();

  /** Turns true at the n-th question, and stays so. */
  private static final class StopAt implements BooleanSupplier {
    private final int question;
    private final AtomicInteger asked = new AtomicInteger();

    StopAt(int question) {
      this.question = question;
    }

    @Override
    public boolean getAsBoolean() {
      return asked.incrementAndGet() >= question;
    }
  }

  @BeforeAll
  static void runWhole() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 8, 3);
    config =
        Files.writeString(
            shared.resolve("stop.yaml"),
            """
            name: stop
            seed: 7
            device: cpu
            threads: 1
            data: {source: image-folder, path: "%s", validation: 0.25}
            clients: {count: 3, high: 0.67}
            model: {kind: cnn, channels: [4]}
            warmup: {rounds: 2, cohort: 2, localEpochs: 1, batch: 4}
            zo: {rounds: 2, cohort: 2, seeds: 2, batch: 2, schedule: constant}
            evaluate: {everyRounds: 2, batch: 4}
            """
                .formatted(images));
    whole = RealRun.good(config, shared.resolve("whole"));
    for (int round = 1; round <= ROUNDS; round++) {
      RealRun part =
          RealRun.good(
              config,
              shared.resolve("part" + round),
              "warmup.rounds=" + Math.min(round, WARMUP_ROUNDS),
              "zo.rounds=" + Math.max(0, round - WARMUP_ROUNDS));
      for (String method : List.of("zowarmup", "high-res-only")) {
        WEIGHTS.put(method + round, part.weights(method, 7));
      }
    }
    for (String method : List.of("zowarmup", "high-res-only")) {
      assertEquals(WEIGHTS.get(method + ROUNDS), whole.weights(method, 7));
    }
  }

  /**
   * A stop at every moment at which a run can be stopped: between rounds, between the jobs of a
   * round, between the chunks of an evaluation.
   */
  @Test
  void aStopAtAnyMomentLeavesWholeRounds() throws IOException {
    StopAt never = new StopAt(Integer.MAX_VALUE);
    assertEquals(0, RealRun.train(never, config, shared.resolve("counted")).code());
    int questions = never.asked.get();
    assertTrue(questions > 40, questions + " questions");
    for (int at = 1; at < questions; at++) {
      RealRun run = RealRun.train(new StopAt(at), config, shared.resolve("stop" + at));
      assertEquals("", run.err());
      JsonNode summary = run.json("summary.json");
      assertEquals(75, run.code(), "stop at question " + at + " of " + questions);
      assertTrue(summary.get("interrupted").booleanValue());
      assertConsistent(run, summary, at);
    }
    // the last question comes when all is done, so a stop is none
    RealRun late = RealRun.train(new StopAt(questions), config, shared.resolve("late"));
    assertEquals(0, late.code());
    assertEquals(whole.rowsWithout("seconds"), late.rowsWithout("seconds"));
    assertFalse(late.json("summary.json").get("interrupted").booleanValue());
  }

  private static void assertConsistent(RealRun run, JsonNode summary, int at) throws IOException {
    List<JsonNode> rows = run.rows();
    for (int i = 0; i < rows.size(); i++) {
      JsonNode expected = whole.rows().get(i);
      String[] left = {"seconds"};
      if (i == rows.size() - 1 && rows.get(i).get("testAccuracy").isNull()) {
        // the stop may have come while the last round was evaluated
        left =
            new String[] {
              "seconds", "testLoss", "testAccuracy", "validationLoss", "validationAccuracy"
            };
      }
      assertEquals(
          RealRun.without(expected, left), RealRun.without(rows.get(i), left), "stop at " + at);
    }
    int done = 0;
    int complete = 0;
    for (JsonNode result : summary.get("results")) {
      String method = result.get("method").textValue();
      int rounds = result.get("roundsDone").intValue();
      List<JsonNode> own = run.rows(method, 7);
      assertEquals(own.size(), rounds, "rows of " + method + ", stop at " + at);
      done += rounds;
      if (rounds > 0) {
        assertEquals(WEIGHTS.get(method + rounds), run.weights(method, 7), "stop at " + at);
        boolean measured = own.get(rounds - 1).get("testAccuracy").isNumber();
        complete += rounds == ROUNDS && measured ? 1 : 0;
        if (rounds == ROUNDS && !measured) {
          assertTrue(result.get("testAccuracy").isNull(), "an accuracy of other weights");
        }
      }
      assertEquals(
          String.valueOf(rounds),
          Safetensors.read(run.weightsFile(method, 7)).metadata().get("round"));
      long sent = own.stream().mapToLong(row -> row.get("bytesUpHigh").longValue()).sum();
      assertEquals(sent, result.get("bytesUpHigh").longValue());
    }
    assertEquals(rows.size(), done);
    int counted = 0;
    for (JsonNode method : summary.get("methods")) {
      counted += method.get("count").intValue();
    }
    assertEquals(complete, counted, "results in the statistics, stop at " + at);
    try (Stream<Path> files = Files.list(run.folder())) {
      assertEquals(
          summary.get("results").size(),
          files.filter(file -> file.toString().endsWith(".safetensors")).count(),
          "files, stop at " + at);
    }
  }

  /** Several lanes end together, and the run with them. */
  @Test
  void aStopReachesAllLanes() {
    for (int at = 2; at < 40; at += 5) {
      RealRun run =
          RealRun.train(new StopAt(at), config, shared.resolve("lanes" + at), "threads=3");
      assertEquals("", run.err());
      assertEquals(75, run.code());
      assertEquals(
          run.rows("zowarmup", 7).size(),
          run.json("summary.json").at("/results/0/roundsDone").intValue());
    }
  }

  /** Decay 1 at a rate of 100 multiplies the weights by -99 in every step. */
  private static final String[] DIVERGES = {
    "warmup.lr=100", "warmup.weightDecay=1", "warmup.localEpochs=20"
  };

  @Test
  void divergenceIsOneLineAndKeepsWhatThereIs() throws IOException {
    long before = Pointer.totalBytes();
    RealRun run = RealRun.train(() -> false, config, shared.resolve("diverged"), DIVERGES);
    assertEquals(2, run.code());
    assertTrue(
        run.err()
            .matches(
                "zowarmup: round 1, client \\d: expected finite numbers, found NaN or infinite"
                    + " weights; lower warmup\\.lr, or set faults\\.onBadAnswer=refuse\n"),
        run.err());
    assertEquals(0, run.rows().size());
    assertEquals(1, Files.readAllLines(run.folder().resolve("metrics.csv")).size());
    JsonNode summary = run.json("summary.json");
    assertNotNull(summary.get("results"));
    assertEquals(0, summary.get("results").size());
    assertTrue(Pointer.totalBytes() <= before, "off-heap memory stays");
  }

  /** Two steps leave weights of 1e4 times their size; many rounds of it, and floats end. */
  @Test
  void roundsBeforeADivergenceStay() {
    RealRun run =
        RealRun.train(
            () -> false,
            config,
            shared.resolve("later"),
            "warmup.lr=100",
            "warmup.weightDecay=1",
            "warmup.rounds=60");
    assertEquals(2, run.code());
    assertTrue(run.err().startsWith("zowarmup: round "), run.err());
    assertEquals(1, run.err().lines().count());
    int failed = Integer.parseInt(run.err().split("[ ,]", -1)[2]);
    assertTrue(failed > 1, run.err());
    assertEquals(failed - 1, run.rows().size());
    JsonNode summaryOfSecond = run.json("summary.json");
    assertTrue(summaryOfSecond.get("results").isArray());
    assertFalse(summaryOfSecond.get("interrupted").booleanValue());
  }

  /** The lines of summary.json that say why a result is not what was meant. */
  private static List<String> warnings(RealRun run) {
    List<String> lines = new ArrayList<>();
    run.json("summary.json").path("warnings").forEach(line -> lines.add(line.asText()));
    return lines;
  }

  /**
   * Numbers that stay finite but mean nothing any more: the run ends, and says so once a method.
   */
  @Test
  void anExplodedLossIsSaid() throws IOException {
    assertEquals(List.of(), warnings(whole));
    Path folder = shared.resolve("exploded");
    RealRun run =
        RealRun.good(
            config,
            folder,
            "warmup.lr=100",
            "warmup.weightDecay=1",
            "zo.rounds=1",
            "methods=[zowarmup]",
            "evaluate.diagnostics=false");
    List<String> lines = warnings(run);
    assertEquals(1, lines.stream().filter(line -> line.contains("diverged")).count());
    assertTrue(
        lines
            .get(0)
            .matches(
                "zowarmup seed 7, round \\d: the loss is \\S+, above 110 \\(100 times that of a"
                    + " guess\\): training has diverged; lower warmup\\.lr"),
        lines.get(0));
    Path out = shared.resolve("report");
    RealRun report = RealRun.main(() -> false, out, "report", folder.toString(), "--output=" + out);
    assertEquals(0, report.code(), report.err());
    String page = Files.readString(out.resolve("report.html"));
    assertTrue(page.contains("training has diverged; lower warmup.lr"), "the report has it");
  }

  @Test
  void anEpsilonThatRoundsAwayIsSaid() {
    RealRun run =
        RealRun.good(config, shared.resolve("epsilon"), "zo.epsilon=1e-12", "methods=[zowarmup]");
    assertTrue(
        warnings(run)
            .get(0)
            .matches(
                "zowarmup seed 7: zo\\.epsilon 1\\.0E-12 is below the spacing of 32-bit numbers at"
                    + " (9\\d|100) % of the weights, which no probe moves; raise zo\\.epsilon"),
        warnings(run).toString());
  }
}
