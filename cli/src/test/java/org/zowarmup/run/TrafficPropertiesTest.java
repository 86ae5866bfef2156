package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * The bytes in the metrics against the costs that the method states (Legate, Rish, Belilovsky,
 * arXiv 2509.03503): 4 bytes a weight up and down in a warm-up round, 4 bytes a scalar up and 12
 * bytes a pair of seed and coefficient down in a zeroth-order round, the model for who joins.
 */
class TrafficPropertiesTest {
  /** 3x3x1x2 of the convolution, 2 + 2 of its norm, 4x4x2x3 + 3 of the linear layer. */
  private static final long D = 18 + 4 + 99;

  private static final long MODEL_BYTES = 4 * D;

  private static Path folder;
  private static Path config;
  private static int runs;

  @BeforeContainer
  static void writeConfig() throws IOException {
    folder = Files.createTempDirectory("traffic");
    Path images = TinyImages.gray(folder.resolve("images"), 8, 1);
    config =
        Files.writeString(
            folder.resolve("traffic.yaml"),
            """
            device: cpu
            threads: 2
            data: {source: image-folder, path: "%s", validation: 0, partition: {kind: iid}}
            model: {kind: cnn, channels: [2]}
            warmup: {localEpochs: 1, batch: 2}
            zo: {batch: 1}
            evaluate: {everyRounds: 1000, batch: 3}
            """
                .formatted(images));
  }

  @AfterContainer
  static void delete() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static RealRun run(String... overrides) {
    return RealRun.good(config, folder.resolve("run" + runs++), overrides);
  }

  private static void assertBytes(
      JsonNode row, long upHigh, long upLow, long downHigh, long downLow) {
    assertEquals(
        List.of(upHigh, upLow, downHigh, downLow),
        Stream.of("bytesUpHigh", "bytesUpLow", "bytesDownHigh", "bytesDownLow")
            .map(column -> row.get(column).longValue())
            .toList(),
        row.toString());
  }

  /** With all clients in every cohort the bytes follow from the config alone. */
  @Property(tries = 25, shrinking = ShrinkingMode.OFF)
  void bytesFollowFromTheConfig(
      @ForAll @IntRange(min = 1, max = 12) int clients,
      @ForAll @IntRange(min = 1, max = 12) int highAtMost,
      @ForAll @IntRange(min = 0, max = 3) int warmupRounds,
      @ForAll @IntRange(min = 0, max = 3) int zoRounds,
      @ForAll @IntRange(min = 1, max = 5) int seeds,
      @ForAll @IntRange(min = 1, max = 3) int localSteps,
      @ForAll boolean ownSeeds) {
    int high = Math.min(highAtMost, clients);
    int low = clients - high;
    int rounds = Math.max(1, warmupRounds + zoRounds);
    int zo = rounds - warmupRounds;
    RealRun run =
        run(
            "clients.count=" + clients,
            "clients.high=" + (double) high / clients,
            "warmup.rounds=" + warmupRounds,
            "warmup.cohort=" + high,
            "zo.rounds=" + zo,
            "zo.cohort=" + clients,
            "zo.seeds=" + seeds,
            "zo.localSteps=" + localSteps,
            "zo.ownSeeds=" + ownSeeds);
    List<JsonNode> rows = run.rows("zowarmup", 1);
    assertEquals(rounds, rows.size());
    for (int round = 1; round <= rounds; round++) {
      JsonNode row = rows.get(round - 1);
      if (round <= warmupRounds) {
        assertBytes(row, high * MODEL_BYTES, 0, high * MODEL_BYTES, 0);
      } else {
        long up = 4L * seeds * localSteps;
        // where clients share seeds, the server sends one coefficient a seed
        long pairs = 12L * (ownSeeds ? clients : 1) * seeds * localSteps;
        long down = pairs + (round == warmupRounds + 1 ? MODEL_BYTES : 0);
        assertBytes(row, high * up, low * up, high * down, low * down);
      }
    }
    for (JsonNode row : run.rows("high-res-only", 1)) {
      assertBytes(row, high * MODEL_BYTES, 0, high * MODEL_BYTES, 0);
    }
  }

  /** In a cohort of the high-resource clients everybody has missed a model, or has none. */
  @Property(tries = 6, shrinking = ShrinkingMode.OFF)
  void aPartOfTheHighClientsPaysForItself(
      @ForAll @IntRange(min = 1, max = 5) int cohort, @ForAll @IntRange(max = 99) int seed) {
    RealRun run =
        run(
            "seed=" + seed,
            "clients.count=8",
            "clients.high=0.625",
            "warmup.rounds=3",
            "warmup.cohort=" + cohort,
            "zo.rounds=1",
            "zo.cohort=8",
            "zo.seeds=2");
    for (JsonNode row : run.rows("high-res-only", seed)) {
      assertBytes(row, cohort * MODEL_BYTES, 0, cohort * MODEL_BYTES, 0);
    }
  }

  /**
   * One client of each class and one of the two in a round: the bytes sent tell who it was, and so
   * what it had missed. It catches up with the pairs of the rounds it was absent, or with the model
   * where that is less.
   */
  @Property(tries = 12, shrinking = ShrinkingMode.OFF)
  void whoWasAbsentPaysWhenItCatchesUp(
      @ForAll @IntRange(max = 1_000_000) int seed, @ForAll @IntRange(min = 1, max = 25) int seeds) {
    RealRun run =
        run(
            "seed=" + seed,
            "methods=[zowarmup]",
            "clients.count=2",
            "clients.high=0.5",
            "warmup.rounds=1",
            "warmup.cohort=1",
            "zo.rounds=12",
            "zo.cohort=1",
            "zo.seeds=" + seeds);
    List<JsonNode> rows = run.rows("zowarmup", seed);
    assertBytes(rows.get(0), MODEL_BYTES, 0, MODEL_BYTES, 0);
    long pairs = 12L * seeds;
    // bytes of the log that each class has not seen; before the pivot's model, no log helps
    long[] missed = {MODEL_BYTES, MODEL_BYTES};
    for (JsonNode row : rows.subList(1, rows.size())) {
      int type = row.get("bytesUpHigh").longValue() > 0 ? 0 : 1;
      long down = Math.min(missed[type], MODEL_BYTES) + pairs;
      long up = 4L * seeds;
      assertBytes(
          row, type == 0 ? up : 0, type == 1 ? up : 0, type == 0 ? down : 0, type == 1 ? down : 0);
      missed[type] = 0;
      missed[1 - type] = Math.min(MODEL_BYTES, missed[1 - type] + pairs);
    }
  }

  /** The rounds above meet both ways to catch up, or their property would be an empty one. */
  @Example
  void bothWaysToCatchUpAreCheap() {
    assertTrue(12 * 25 < MODEL_BYTES && 2 * 12 * 25 > MODEL_BYTES);
  }
}
