package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that may end early is the same run up to there, and can be continued. */
class EarlyStopTest {
  private static final int WARMUP = 3;
  private static final int ROUNDS = 13;
  private static final int PATIENCE = 2;
  private static final List<String> METHODS = List.of("zowarmup", "high-res-only");

  @TempDir static Path folder;
  private static Path config;
  private static RealRun whole;
  private static RealRun early;

  @BeforeAll
  static void trainBoth() throws IOException {
    Path images = TinyImages.gray(folder.resolve("images"), 12, 3);
    config =
        Files.writeString(
            folder.resolve("early.yaml"),
            """
            name: early
            device: cpu
            threads: 1
            data: {source: image-folder, path: "%s", validation: 0.25, partition: {kind: iid}}
            clients: {count: 3, high: 2}
            model: {kind: cnn, channels: [2], normGroups: 1}
            warmup: {rounds: 3, batch: 4}
            zo: {rounds: 10, cohort: 3, seeds: 2, batch: 2}
            evaluate: {everyRounds: 1, best: true}
            """
                .formatted(images));
    whole = RealRun.good(config, folder.resolve("whole"));
    early = RealRun.good(config, folder.resolve("early"), "evaluate.patience=" + PATIENCE);
  }

  /** The rule, counted anew: the first round after the pivot with so many evaluations in vain. */
  private static int end(List<JsonNode> rows) {
    List<Double> seen = new ArrayList<>();
    int vain = 0;
    for (JsonNode row : rows) {
      double now = row.get("validationAccuracy").doubleValue();
      boolean better = seen.stream().allMatch(before -> before < now);
      seen.add(now);
      vain = better ? 0 : seen.size() > WARMUP ? vain + 1 : 0;
      if (vain == PATIENCE) {
        return seen.size();
      }
    }
    return rows.size();
  }

  private static JsonNode result(RealRun run, String method) {
    for (JsonNode result : run.json("summary.json").get("results")) {
      if (result.get("method").textValue().equals(method)) {
        return result;
      }
    }
    throw new AssertionError(method);
  }

  @Test
  void itEndsWhereTheRuleSaysAndIsTheSameUpToThere() {
    boolean any = false;
    for (String method : METHODS) {
      List<JsonNode> all = whole.rows(method, 1);
      int end = end(all);
      List<JsonNode> rows = early.rows(method, 1);
      assertEquals(end, rows.size(), method);
      for (int i = 0; i < end; i++) {
        String expected = RealRun.without(all.get(i), "seconds");
        assertEquals(expected, RealRun.without(rows.get(i), "seconds"));
      }
      JsonNode result = result(early, method);
      assertEquals(end, result.get("roundsDone").intValue());
      assertEquals(ROUNDS, result.get("roundsPlanned").intValue());
      assertEquals(end < ROUNDS, result.path("endedEarly").booleanValue(), method);
      assertEquals(all.get(end - 1).get("testAccuracy"), result.get("testAccuracy"));
      assertFalse(result(whole, method).has("endedEarly"));
      any |= end < ROUNDS;
    }
    assertTrue(any, "no method ended early, so nothing was tested");
    assertFalse(early.json("summary.json").get("interrupted").booleanValue());
    assertTrue(early.out().contains("under the same budget of at most 13 rounds"), early.out());
    assertTrue(early.out().contains("of 13 rounds, as evaluate.patience let it"), early.out());
    assertTrue(early.text("run.log").contains("2 evaluations in a row (evaluate.patience) were"));
    assertFalse(whole.text("config.yaml").contains("patience"), "a run without it has no such key");
  }

  /** The clients are measured at the early end as they would be at the last round. */
  @Test
  void whatIsMadeAtTheEndIsMade() {
    for (String method : METHODS) {
      String last = result(early, method).get("roundsDone") + ",";
      String clients = early.text("clients-" + method + "-seed1.csv");
      assertEquals(3, clients.lines().filter(line -> line.startsWith(last)).count(), clients);
    }
    RealRun best =
        RealRun.main(() -> false, folder, "evaluate", early.folder().toString(), "--best");
    assertEquals(0, best.code(), best.err());
    for (String method : METHODS) {
      assertTrue(best.out().contains("best-" + method + "-seed1.safetensors:\n"), best.out());
    }
    RealRun report = RealRun.main(() -> false, folder, "report", early.folder().toString());
    assertEquals(0, report.code(), report.err());
    String page = early.text("report/report.html");
    assertTrue(page.contains("Ended early") && !page.contains("the same number of rounds,"), page);
    RealRun plan =
        RealRun.main(
            () -> false,
            folder,
            "plan",
            config.toString(),
            "--gpu=h100",
            "evaluate.patience=" + PATIENCE);
    assertTrue(plan.out().contains("no method ends before its last round"), plan.out());
  }

  @Test
  void aResumeSaysThatItHasEndedAndContinuesWhereThatIsAskedFor() throws IOException {
    Path copy = Files.createDirectory(folder.resolve("copy"));
    Files.delete(copy);
    RealRun.copy(early.folder(), copy);
    RealRun same = RealRun.main(() -> false, copy, "resume", copy.toString());
    assertEquals(0, same.code(), same.err());
    assertEquals(early.text("metrics.jsonl"), same.text("metrics.jsonl"));
    assertEquals(
        early.json("summary.json").get("results"), same.json("summary.json").get("results"));
    String log = same.text("run.log").substring(early.text("run.log").length());
    assertTrue(log.contains("; evaluate.patience=null runs the others"), log);
    RealRun on =
        RealRun.main(() -> false, copy, "resume", copy.toString(), "evaluate.patience=null");
    assertEquals(0, on.code(), on.err());
    for (String method : METHODS) {
      assertEquals(whole.weights(method, 1), on.weights(method, 1), method);
      assertFalse(result(on, method).has("endedEarly"));
    }
  }

  @Test
  void withoutImagesToLookAtItIsRefused() {
    RealRun refused =
        RealRun.train(
            () -> false, config, folder.resolve("no"), "evaluate.patience=1", "data.validation=0");
    assertEquals(2, refused.code());
    assertTrue(refused.err().contains("evaluate.patience: expected data.validation above 0"));
  }
}
