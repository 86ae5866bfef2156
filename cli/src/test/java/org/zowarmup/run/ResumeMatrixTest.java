package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Methods and seeds, stopped and killed in each phase, with each file missing, cut or flipped, and
 * resumed as they are, longer or shorter: either all that was sound is there byte for byte and the
 * run ends like one that was left alone, or the command is refused and has changed nothing.
 *
 * <p>All cases; {@code -DmatrixStep=5} tries every fifth, of each state others.
 */
class ResumeMatrixTest {
  private static final int STEP = Integer.getInteger("matrixStep", 1);
  private static final int ROUNDS = 5;
  private static final List<String> PAIRS =
      List.of("zowarmup-seed7", "high-res-only-seed7", "zowarmup-seed8", "high-res-only-seed8");

  @TempDir(factory = MemoryFolder.class)
  static Path shared;

  private static Path config;
  private static RealRun whole;
  private static RealRun longer;

  /**
   * A run folder before anything happens to it.
   *
   * @param running the method and seed that a kill came into; empty where none did
   */
  private record State(String name, Path folder, String running) {}

  private static final List<State> STATES = new ArrayList<>();

  @BeforeAll
  static void runAll() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 8, 3);
    config =
        Files.writeString(
            shared.resolve("matrix.yaml"),
            """
            name: matrix
            seed: 7
            repeats: 2
            device: cpu
            threads: 1
            data: {source: image-folder, path: "%s", validation: 0.25}
            clients: {count: 3, high: 0.67}
            model: {kind: cnn, channels: [4]}
            warmup: {rounds: 2, cohort: 2, localEpochs: 1, batch: 4}
            zo: {rounds: 3, cohort: 2, seeds: 2, batch: 2, schedule: constant}
            evaluate: {everyRounds: 1, batch: 4, diagnostics: false}
            checkpoint: {everyRounds: 2, keep: 2}
            """
                .formatted(images));
    whole = RealRun.good(config, shared.resolve("whole"));
    longer = RealRun.good(config, shared.resolve("longer"), "zo.rounds=5");
    STATES.add(new State("ended", whole.folder(), ""));
    for (int rows : new int[] {1, 4, 8, 13}) {
      Path folder = shared.resolve("stopped" + rows);
      assertEquals(75, RealRun.train(() -> rows(folder) >= rows, config, folder).code());
      STATES.add(new State("stopped after " + rows + " rows", folder, ""));
    }
    for (int rows : new int[] {2, 5, 9, 14}) {
      Path folder = shared.resolve("killed" + rows);
      RealRun.train(
          snapshot(shared.resolve("alive" + rows), rows, folder),
          config,
          shared.resolve("alive" + rows));
      String running = PAIRS.get((rows - 1) / ROUNDS);
      STATES.add(new State("killed after " + rows + " rows", folder, running));
    }
  }

  private static int rows(Path folder) {
    try {
      Path file = folder.resolve("metrics.jsonl");
      return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Copies the folder of a running run, which is what a kill would leave, then stops it. */
  private static BooleanSupplier snapshot(Path from, int rows, Path to) {
    return () -> {
      try {
        if (rows(from) >= rows && !Files.exists(to)) {
          RealRun.copy(from, to);
        }
        return Files.exists(to);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    };
  }

  private static Map<String, byte[]> files(Path folder) throws IOException {
    Map<String, byte[]> found = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.getFileName().toString().equals(".lock")) {
          found.put(folder.relativize(file).toString(), Files.readAllBytes(file));
        }
      }
    }
    return found;
  }

  private static void damage(Path file, int kind) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    switch (kind) {
      case 0 -> Files.delete(file);
      case 1 -> Files.write(file, Arrays.copyOf(bytes, (int) (bytes.length * 0.6)));
      default -> {
        if (bytes.length > 0) {
          bytes[(int) (bytes.length * 0.45)] ^= 1;
        }
        Files.write(file, bytes);
      }
    }
  }

  private static RealRun resume(Path folder, String... words) {
    List<String> all = new ArrayList<>(List.of("resume", folder.toString(), "--log-level=error"));
    all.addAll(List.of(words));
    return RealRun.main(() -> false, folder, all.toArray(String[]::new));
  }

  private static void assertUnchanged(Map<String, byte[]> before, Path folder, String what)
      throws IOException {
    Map<String, byte[]> after = files(folder);
    assertEquals(before.keySet(), after.keySet(), what);
    for (String file : before.keySet()) {
      assertArrayEquals(before.get(file), after.get(file), what + ": " + file);
    }
  }

  private static String pair(JsonNode row) {
    return row.get("method").asText() + "-seed" + row.get("seed").asText();
  }

  /** Rows by method and seed: a longer run has them in another order. */
  private static Map<String, List<String>> sorted(List<JsonNode> rows, boolean seconds) {
    Map<String, List<String>> sorted = new TreeMap<>();
    for (JsonNode row : rows) {
      ObjectNode copy = row.deepCopy();
      if (!seconds) {
        copy.remove("seconds");
      }
      sorted.computeIfAbsent(pair(row), k -> new ArrayList<>()).add(copy.toString());
    }
    return sorted;
  }

  /** The run ended as if nothing had ever happened to it. */
  private static void assertSameAs(RealRun expected, RealRun found, String what) {
    assertEquals(sorted(expected.rows(), false), sorted(found.rows(), false), what);
    for (String pair : PAIRS) {
      String[] parts = pair.split("-seed", -1);
      long seed = Long.parseLong(parts[1]);
      assertEquals(expected.weights(parts[0], seed), found.weights(parts[0], seed), what);
    }
  }

  /**
   * Nothing sound is gone.
   *
   * @param damaged name of the file that is not sound
   * @param touched method and seed whose rounds may have been run again, empty for none
   */
  private static void assertKept(
      State state, RealRun run, String damaged, String touched, boolean isLonger, String what)
      throws IOException {
    RealRun before = new RealRun(0, "", "", state.folder());
    Map<String, List<String>> rows = sorted(before.rows(), true);
    Map<String, List<String>> now = sorted(run.rows(), true);
    Map<String, byte[]> old = files(state.folder());
    Map<String, byte[]> files = files(run.folder());
    for (String pair : PAIRS) {
      if (pair.equals(touched) || !rows.containsKey(pair)) {
        continue;
      }
      List<String> its = rows.get(pair);
      assertEquals(its, now.get(pair).subList(0, its.size()), what + ", rows of " + pair);
      if (its.size() < ROUNDS || isLonger) {
        continue;
      }
      for (String file : old.keySet()) {
        if (file.contains(pair) && !file.equals(damaged)) {
          assertArrayEquals(old.get(file), files.get(file), what + ": " + file);
        }
      }
    }
  }

  @Test
  void soundFilesStayOrTheCommandIsRefused() throws IOException {
    int number = 0;
    int refused = 0;
    int ended = 0;
    int discarded = 0;
    for (State state : STATES) {
      for (String file : files(state.folder()).keySet()) {
        if (file.matches("run\\.log|provenance.*")) {
          continue;
        }
        for (int kind = 0; kind < 3; kind++) {
          if (number++ % STEP != 0) {
            continue;
          }
          boolean isLonger = number / STEP % 3 == 2;
          String what =
              "%s, %s %s%s"
                  .formatted(
                      state.name(),
                      file,
                      List.of("missing", "cut", "flipped").get(kind),
                      isLonger ? ", longer" : "");
          String[] words = isLonger ? new String[] {"zo.rounds=5"} : new String[0];
          RealRun expected = isLonger ? longer : whole;
          Path folder = RealRun.copy(state.folder(), shared.resolve("case" + number));
          damage(folder.resolve(file), kind);
          Map<String, byte[]> before = files(folder);
          RealRun run = resume(folder, words);
          if (run.code() == 0) {
            ended++;
            assertSameAs(expected, run, what);
            assertKept(state, run, file, state.running(), isLonger, what);
            continue;
          }
          refused++;
          assertEquals(2, run.code(), what + ": " + run.err());
          assertEquals(1, run.err().lines().count(), what + ": " + run.err());
          assertUnchanged(before, folder, what);
          try (Stream<Path> files = Files.walk(folder)) {
            assertEquals(List.of(), files.filter(f -> f.toString().endsWith(".part")).toList());
          }
          List<String> discard = new ArrayList<>(List.of(words));
          discard.add("--discard");
          run = resume(folder, discard.toArray(String[]::new));
          if (run.code() == 0) {
            discarded++;
            assertSameAs(expected, run, what + ", discarded");
            String own = PAIRS.stream().filter(file::contains).findFirst().orElse("");
            if (!own.isEmpty() && state.running().isEmpty()) {
              assertKept(state, run, file, own, isLonger, what + ", discarded");
            }
          } else {
            assertEquals(2, run.code(), what + ": " + run.err());
            assertUnchanged(before, folder, what + ", discarded");
          }
        }
      }
    }
    System.out.printf(
        "ResumeMatrixTest: of %d cases every %d: %d ended, %d refused, %d of them discarded%n",
        number, STEP, ended, refused, discarded);
    assertTrue(ended > 10 && refused > 10 && discarded > 10);
  }

  /** Without damage every state ends like a run that was left alone; none is made shorter. */
  @Test
  void soundRunsEndTheSame() throws IOException {
    for (State state : STATES) {
      Map<String, byte[]> before = files(state.folder());
      Path folder = RealRun.copy(state.folder(), shared.resolve("sound" + before.hashCode()));
      for (String word : List.of("zo.rounds=2", "warmup.rounds=1", "repeats=1")) {
        assertEquals(2, resume(folder, word).code(), state.name());
        assertUnchanged(before, folder, state.name() + ", " + word);
      }
      RealRun run = resume(folder);
      assertEquals(0, run.code(), state.name() + run.err());
      assertSameAs(whole, run, state.name());
      assertKept(state, run, "", state.running(), false, state.name());
      RealRun more = resume(folder, "zo.rounds=5");
      assertEquals(0, more.code(), state.name() + more.err());
      assertSameAs(longer, more, state.name());
      assertKept(state, more, "", state.running(), true, state.name());
    }
  }
}
