package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every switch of a config in a whole run on few images: it runs, and it does something. */
class RunVariantsTest {
  private static final String NO_SPLIT = "data.validation=0";
  private static final List<String> NUMBERS =
      List.of("trainLoss", "testLoss", "testAccuracy", "validationLoss", "validationAccuracy");

  @TempDir(factory = MemoryFolder.class)
  static Path shared;

  @TempDir(factory = MemoryFolder.class)
  Path folder;

  private static Path config;
  private static RealRun plain;

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
            threads: 2
            data: {source: image-folder, path: "%s", partition: {kind: dirichlet, alpha: 0.5}}
            clients: {count: 6, high: 0.34}
            model: {kind: cnn, channels: [4, 8]}
            warmup: {rounds: 2, cohort: 2, localEpochs: 2, batch: 4}
            zo: {rounds: 3, cohort: 5, seeds: 3, batch: 3, lr: 0.05}
            evaluate: {everyRounds: 1, batch: 4}
            """
                .formatted(images));
    plain = RealRun.good(config, shared.resolve("plain"));
  }

  private RealRun run(String... overrides) {
    RealRun run = RealRun.good(config, folder.resolve("run"), overrides);
    for (JsonNode row : run.rows()) {
      for (String column : NUMBERS) {
        boolean without = column.startsWith("validation") && List.of(overrides).contains(NO_SPLIT);
        assertTrue(without ? row.get(column).isNull() : row.get(column).isNumber(), row.toString());
      }
    }
    return run;
  }

  /** Switches that leave the warm-up alone. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "zo.batch=0 zo.freshBatchPerSeed=false",
        "zo.freshBatchPerSeed=false",
        "zo.ownSeeds=false",
        "zo.distribution=gaussian",
        "zo.estimate=one-sided zo.freshBatchPerSeed=false",
        "zo.estimate=fzoo zo.freshBatchPerSeed=false zo.lr=1e-4",
        "zo.localSteps=2",
        "zo.schedule=constant",
        "zo.epsilon=0.1",
        "zo.seeds=1",
        "zo.cohort=1",
        "zo.lr=auto",
      })
  void aSwitchOfTheSecondPhase(String overrides) {
    RealRun run = run(overrides.split(" ", -1));
    assertEquals(plain.weights("high-res-only", 11), run.weights("high-res-only", 11));
    assertNotEquals(plain.weights("zowarmup", 11), run.weights("zowarmup", 11));
    for (int i = 0; i < 2; i++) {
      assertEquals(
          RealRun.without(plain.rows("zowarmup", 11).get(i), "seconds"),
          RealRun.without(run.rows("zowarmup", 11).get(i), "seconds"));
    }
  }

  /** Switches that change everything from the first round on. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "warmup.momentum=0.9",
        "warmup.serverLr=0.5",
        "warmup.cohort=1",
        "warmup.localEpochs=1",
        "warmup.batch=64",
        "warmup.weightDecay=0.1",
        "data.validation=0",
        "data.validation=0.5",
        "data.partition.kind=iid",
        "data.partition.alpha=100",
        "model.channels=[4]",
        "model.channels=[4,6,2]",
        "model.normGroups=4",
        "model={kind: vit, dim: 12, depth: 1, heads: 3, mlp: 16, pooling: class}",
        "model={kind: vit-tiny, dim: 8, depth: 2, heads: 2, mlp: 8, patch: 2}",
        "model={kind: resnet18, width: 0.0625, normGroups: 32, scaleGroups: true}",
        "clients.count=12 clients.high=1.0",
        "clients.count=1 clients.high=1 warmup.cohort=1 zo.cohort=1",
        "seed=-9223372036854775808",
      })
  void aSwitchOfAllRounds(String overrides) {
    RealRun run = run(overrides.split(" (?=[a-z]\\w*[.=])", -1));
    long seed = run.rows().get(0).get("seed").longValue();
    assertNotEquals(plain.weights("zowarmup", 11), run.weights("zowarmup", seed));
    assertNotEquals(plain.weights("high-res-only", 11), run.weights("high-res-only", seed));
  }

  /** The number of images of an evaluation step is a matter of speed. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 15, 65_536})
  void theBatchOfAnEvaluationChangesNoHit(int batch) {
    RealRun run = run("evaluate.batch=" + batch);
    assertEquals(plain.weights("zowarmup", 11), run.weights("zowarmup", 11));
    for (int i = 0; i < plain.rows().size(); i++) {
      JsonNode expected = plain.rows().get(i);
      JsonNode found = run.rows().get(i);
      assertEquals(expected.get("testAccuracy"), found.get("testAccuracy"));
      double loss = expected.get("testLoss").doubleValue();
      assertEquals(loss, found.get("testLoss").doubleValue(), 1e-5 * loss);
    }
  }

  @Test
  void zerothOrderFromScratch() {
    RealRun run = run("warmup.rounds=0", "methods=[zowarmup]");
    List<JsonNode> rows = run.rows();
    assertEquals(3, rows.size());
    for (int i = 0; i < 3; i++) {
      assertEquals("zo", rows.get(i).get("phase").textValue());
      assertEquals(i + 1, rows.get(i).get("round").intValue());
    }
    assertTrue(run.json("summary.json").at("/results/0/pivotAccuracy").isNull());
  }

  @Test
  void withoutASecondPhaseTheMethodsAreOne() {
    RealRun run = run("zo.rounds=0");
    assertEquals(4, run.rows().size());
    assertEquals(run.weights("high-res-only", 11), run.weights("zowarmup", 11));
    JsonNode result = run.json("summary.json").at("/results/0");
    assertEquals(result.get("testAccuracy"), result.get("pivotAccuracy"));
  }

  @Test
  void oneMethodAlone() {
    RealRun run = run("methods=[zowarmup]");
    assertEquals(5, run.rows().size());
    assertEquals(plain.weights("zowarmup", 11), run.weights("zowarmup", 11));
    assertEquals(0, run.json("summary.json").get("paired").size());
  }

  /**
   * More threads than clients: a client's own sums are split up, so the bits may be others than on
   * one thread, but they are the same every time.
   */
  @Test
  void severalThreadsForOneClientRepeatTheirBits() {
    String[] one = {"threads=4", "warmup.cohort=1", "zo.cohort=1", "zo.seeds=1"};
    RealRun first = run(one);
    RealRun second = RealRun.good(config, folder.resolve("second"), one);
    assertEquals(first.rowsWithout("seconds"), second.rowsWithout("seconds"));
    assertEquals(first.weights("zowarmup", 11), second.weights("zowarmup", 11));
    assertEquals(first.weights("high-res-only", 11), second.weights("high-res-only", 11));
  }

  /** Many steps on separable images: it learns, by both ways. */
  @Test
  void trainingLearns() {
    String[] warmup = {"warmup.rounds=10", "zo.rounds=0", "data.partition.kind=iid"};
    List<JsonNode> first = RealRun.good(config, folder.resolve("first"), warmup).rows();
    assertTrue(first.get(9).get("testAccuracy").doubleValue() > 0.9, first.get(9).toString());
    String[] zo = {
      "warmup.rounds=0", "zo.rounds=60", "zo.seeds=16", "zo.cohort=6", "methods=[zowarmup]"
    };
    List<JsonNode> zeroth = RealRun.good(config, folder.resolve("zeroth"), zo).rows();
    double before = zeroth.get(0).get("testLoss").doubleValue();
    double after = zeroth.get(59).get("testLoss").doubleValue();
    assertTrue(after < 0.8 * before, before + " to " + after);
  }

  /** The reference computes in double what the processor computes in float. */
  @ParameterizedTest
  @ValueSource(strings = {"rademacher", "gaussian"})
  void theReferenceAgrees(String distribution) {
    String way = "zo.distribution=" + distribution;
    RealRun cpu = run(way);
    RealRun reference = RealRun.good(config, folder.resolve("slow"), way, "device=reference");
    List<JsonNode> fast = cpu.rows();
    List<JsonNode> slow = reference.rows();
    assertEquals(fast.size(), slow.size());
    for (int i = 0; i < slow.size(); i++) {
      for (String column : List.of("trainLoss", "testLoss")) {
        double expected = slow.get(i).get(column).doubleValue();
        assertEquals(
            expected, fast.get(i).get(column).doubleValue(), 1e-4 * expected, slow.get(i) + column);
      }
      for (String column :
          List.of(
              "method", "phase", "bytesUpHigh", "bytesUpLow", "bytesDownHigh", "bytesDownLow")) {
        assertEquals(slow.get(i).get(column), fast.get(i).get(column));
      }
    }
  }
}
