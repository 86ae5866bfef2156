package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.federated.methods.Methods;

/** A run that was stopped or damaged at any place and is resumed equals one that never was. */
class ResumeTest {
  private static final List<String> METHODS = List.of("zowarmup", "high-res-only");

  @TempDir(factory = MemoryFolder.class)
  static Path shared;

  private static Path config;
  private static RealRun whole;

  @BeforeAll
  static void runWhole() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 8, 3);
    config =
        Files.writeString(
            shared.resolve("resume.yaml"),
            """
            name: resume
            seed: 7
            repeats: 2
            device: cpu
            threads: 1
            data: {source: image-folder, path: "%s", validation: 0.25}
            clients: {count: 3, high: 0.67}
            model: {kind: cnn, channels: [4]}
            warmup: {rounds: 3, cohort: 2, localEpochs: 1, batch: 4}
            zo: {rounds: 5, cohort: 2, seeds: 2, batch: 2}
            evaluate: {everyRounds: 2, batch: 4}
            checkpoint: {everyRounds: 2, keep: 2}
            """
                .formatted(images));
    whole = RealRun.good(config, shared.resolve("whole"));
  }

  private static RealRun resume(Path folder, String... overrides) {
    List<String> words = new ArrayList<>(List.of("resume", folder.toString()));
    words.addAll(List.of(overrides));
    return RealRun.main(() -> false, folder, words.toArray(String[]::new));
  }

  static BooleanSupplier stopAt(int question) {
    AtomicInteger asked = new AtomicInteger();
    return () -> asked.incrementAndGet() >= question;
  }

  static void assertSame(RealRun expected, RealRun found, String what) {
    assertEquals(0, found.code(), what + ": " + found.err());
    assertEquals(expected.rowsWithout("seconds"), found.rowsWithout("seconds"), what);
    assertEquals(csv(expected), csv(found), what);
    assertEquals(expected.text("probes.csv"), found.text("probes.csv"), what);
    for (long seed = 7; seed < 9; seed++) {
      for (String method : METHODS) {
        assertEquals(expected.weights(method, seed), found.weights(method, seed), what);
      }
    }
    for (String key : List.of("interrupted", "failure", "paired", "methods")) {
      assertEquals(
          expected.json("summary.json").get(key), found.json("summary.json").get(key), what);
    }
  }

  private static List<String> csv(RealRun run) {
    try {
      return Files.readAllLines(run.folder().resolve("metrics.csv")).stream()
          .map(line -> line.substring(0, line.lastIndexOf(',')))
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Stops between rounds, jobs and chunks of an evaluation, in both phases, methods, repeats. */
  @Test
  void aStopAtAnyPlaceChangesNothing() {
    AtomicInteger questions = new AtomicInteger();
    RealRun.train(
        () -> {
          questions.incrementAndGet();
          return false;
        },
        config,
        shared.resolve("counted"));
    int step = 19;
    for (int at = 1; at < questions.get(); at += step) {
      Path folder = shared.resolve("stop" + at);
      assertEquals(75, RealRun.train(stopAt(at), config, folder).code());
      // and once more, from within what the second process does
      RealRun second = RealRun.main(stopAt(at), folder, "resume", folder.toString());
      assertTrue(second.code() == 75 || second.code() == 0, second.err());
      RealRun last = resume(folder);
      assertSame(whole, last, "stop at question " + at);
      assertSameDiagnostics(whole, last, "stop at question " + at);
    }
  }

  /** Diagnostics are whole and no more of them, whatever stops they have seen. */
  static void assertSameDiagnostics(RealRun expected, RealRun found, String what) {
    for (String file : expected.files("estimator-.*")) {
      assertEquals(expected.text(file), found.text(file), what + ", " + file);
    }
    assertEquals(expected.files("estimator-.*"), found.files("estimator-.*"), what);
  }

  /** Server optimizers, pools of seeds, shared seeds and whole vectors keep what they need. */
  @Test
  void everyMethodIsResumed() {
    List<String> every = Methods.names();
    assertTrue(every.contains("zowarmup-auto"), every.toString());
    String[] words = {
      "methods=" + every,
      "repeats=1",
      "zo.server.optimizer=adam",
      "zo.epsilonSchedule=cosine",
      "checkpoint.everyRounds=3"
    };
    List<String> replayed = List.of("zowarmup", "zowarmup-auto", "fedkseed", "decomfl", "zo-only");
    assertResumed("methods", words, every, replayed);
  }

  /** A scalar that a client divided by its spread is logged and replayed without knowing it. */
  @Test
  void estimatesOverTheirSpreadAreResumed() {
    String[] words = {
      "methods=[zowarmup, decomfl]",
      "repeats=1",
      "zo.estimate=fzoo",
      "zo.freshBatchPerSeed=false",
      "zo.lr=1e-4",
      "zo.localSteps=2",
      "checkpoint.everyRounds=3"
    };
    List<String> both = List.of("zowarmup", "decomfl");
    assertResumed("fzoo", words, both, both);
  }

  private static void assertResumed(
      String name, String[] words, List<String> equal, List<String> replayed) {
    AtomicInteger questions = new AtomicInteger();
    RealRun expected =
        RealRun.train(
            () -> {
              questions.incrementAndGet();
              return false;
            },
            config,
            shared.resolve(name),
            words);
    assertEquals(0, expected.code(), expected.err());
    Path folder = shared.resolve(name + "-stopped");
    int code = RealRun.train(stopAt(13), config, folder, words).code();
    int starts = 1;
    while (code == 75) {
      code = RealRun.main(stopAt(29), folder, "resume", folder.toString()).code();
      starts++;
      assertTrue(starts < questions.get() / 5, starts + " starts and no end");
    }
    assertEquals(0, code);
    assertTrue(starts > questions.get() / 40, starts + " starts");
    RealRun found = new RealRun(0, "", "", folder);
    assertEquals(expected.rowsWithout("seconds"), found.rowsWithout("seconds"));
    for (String method : equal) {
      assertEquals(expected.weights(method, 7), found.weights(method, 7), method);
    }
    assertSameDiagnostics(expected, found, "stopped again and again");
    replayed.forEach(method -> assertReplayed(expected, found, method));
  }

  private static void assertReplayed(RealRun expected, RealRun run, String method) {
    Path out = run.folder().resolveSibling(run.folder().getFileName() + "-" + method + ".replayed");
    RealRun replay =
        RealRun.main(
            () -> false,
            run.folder(),
            "replay",
            run.folder().toString(),
            "--method=" + method,
            "--device=reference",
            "--force",
            "--out=" + out);
    assertEquals(0, replay.code(), replay.err());
    try {
      assertArrayEquals(
          Files.readAllBytes(expected.weightsFile(method, 7)), Files.readAllBytes(out), method);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Another program may leave files that end anywhere. Rows that are missing are refused; with
   * --discard whatever is missing is computed again.
   */
  @Test
  void filesMayEndAnywhere() throws IOException {
    List<Path> cut;
    try (Stream<Path> files = Files.walk(whole.folder())) {
      cut =
          files
              .filter(Files::isRegularFile)
              .map(file -> whole.folder().relativize(file))
              .filter(file -> !file.toString().matches("config.yaml|identity.json|.*csv|\\..*"))
              .sorted(Comparator.comparing(Path::toString))
              .toList();
    }
    assertTrue(cut.size() > 10, cut.toString());
    int number = 0;
    for (Path file : cut) {
      Path folder = RealRun.copy(whole.folder(), shared.resolve("cut" + number++));
      byte[] bytes = Files.readAllBytes(folder.resolve(file));
      Files.write(folder.resolve(file), java.util.Arrays.copyOf(bytes, (int) (bytes.length * 0.6)));
      // something is left to do in every method
      List<String> lines = Files.readAllLines(folder.resolve("metrics.jsonl"));
      int keep = Math.min(lines.size(), 3 + 5 * number % 30);
      Files.write(folder.resolve("metrics.jsonl"), lines.subList(0, keep));
      if (number % 2 == 0) {
        Files.writeString(
            folder.resolve("metrics.jsonl"), "{\"method\": \"zo", StandardOpenOption.APPEND);
      }
      RealRun refused = resume(folder);
      assertEquals(2, refused.code(), file + " cut, " + keep + " rows left");
      assertTrue(refused.err().contains("in metrics.csv alone"), refused.err());
      assertSame(whole, resume(folder, "--discard"), file + " cut, " + keep + " rows left");
    }
  }

  @Test
  void aRunThatIsDoneStaysAsItIs() throws IOException {
    Path folder = RealRun.copy(whole.folder(), shared.resolve("done"));
    byte[] before = Files.readAllBytes(folder.resolve("metrics.jsonl"));
    RealRun again = resume(folder);
    assertSame(whole, again, "done");
    assertArrayEquals(before, Files.readAllBytes(folder.resolve("metrics.jsonl")));
  }

  /** Under a constant learning rate a longer run starts like a shorter one. */
  @Test
  void moreRoundsGiveTheLongerRun() {
    String[] constant = {"zo.schedule=constant", "evaluate.everyRounds=1"};
    RealRun.good(config, shared.resolve("short"), constant);
    RealRun longer =
        RealRun.good(config, shared.resolve("long"), constant[0], constant[1], "zo.rounds=9");
    RealRun extended = resume(shared.resolve("short"), "zo.rounds=9");
    assertSame(longer, extended, "zo.rounds=9");
    RealRun more =
        RealRun.good(
            config, shared.resolve("more"), constant[0], constant[1], "zo.rounds=9", "repeats=3");
    assertSame(more, resume(shared.resolve("short"), "repeats=3"), "repeats=3");
  }

  /**
   * A longer run that is stopped anywhere leaves alone what other methods and seeds have done:
   * their rows, results, weights, checkpoints and seed logs; and in the end it is the longer run.
   */
  @Test
  void aLongerRunThatIsStoppedKeepsWhatTheOthersHaveDone() throws IOException {
    String[] constant = {"zo.schedule=constant", "evaluate.diagnostics=false"};
    RealRun before = RealRun.good(config, shared.resolve("ended"), constant);
    RealRun longer =
        RealRun.good(
            config, shared.resolve("ended-longer"), constant[0], constant[1], "zo.rounds=9");
    int stops = 0;
    for (int question = 2; ; question += 11) {
      Path folder = RealRun.copy(before.folder(), shared.resolve("longer-stop" + question));
      RealRun stopped =
          RealRun.main(stopAt(question), folder, "resume", folder.toString(), "zo.rounds=9");
      if (stopped.code() == 0) {
        break;
      }
      assertEquals(75, stopped.code(), stopped.err());
      stops++;
      String what = "stopped at question " + question;
      for (JsonNode row : before.rows()) {
        assertTrue(stopped.rows().contains(row), what + ", lost " + row);
      }
      JsonNode results = stopped.json("summary.json").get("results");
      assertEquals(4, results.size(), what);
      for (JsonNode result : results) {
        String pair = result.get("method").asText() + "-seed" + result.get("seed").asText();
        if (result.get("roundsDone").asInt() == 8) {
          assertSameFiles(before, stopped, pair, what);
        }
      }
      assertSame(longer, resume(folder), what);
    }
    assertTrue(stops > 8, stops + " stops");
  }

  /** All files whose names hold a method and seed, byte for byte. */
  private static void assertSameFiles(RealRun expected, RealRun found, String pair, String what)
      throws IOException {
    try (Stream<Path> files = Files.walk(expected.folder())) {
      List<Path> own =
          files
              .filter(file -> file.getFileName().toString().matches(".*\\b" + pair + "\\b.*"))
              .toList();
      assertTrue(own.size() > 2, own.toString());
      for (Path file : own) {
        Path other = found.folder().resolve(expected.folder().relativize(file));
        assertTrue(Files.exists(other), what + ", lost " + other.getFileName());
        assertArrayEquals(
            Files.readAllBytes(file), Files.readAllBytes(other), what + ", " + other.getFileName());
      }
    }
  }

  @Test
  void anotherConfigIsRefusedWithTheDifference() throws IOException {
    Path folder = RealRun.copy(whole.folder(), shared.resolve("other"));
    RealRun run = resume(folder, "zo.epsilon=1e-2", "clients.count=4", "zo.rounds=4");
    assertEquals(2, run.code());
    assertTrue(run.err().contains("clients.count was 3 and is 4"), run.err());
    assertTrue(run.err().contains("zo.epsilon was 0.001 and is 0.01"), run.err());
    assertTrue(run.err().contains("zo.rounds was 5 and is 4"), run.err());
    RealRun pivot = resume(folder, "warmup.rounds=4");
    assertEquals(2, pivot.code());
    assertTrue(pivot.err().contains("only zo.rounds may grow now"), pivot.err());
    assertEquals(1, run.err().lines().count());
  }

  @Test
  void anotherDataSetIsRefused() throws IOException {
    Path folder = RealRun.copy(whole.folder(), shared.resolve("data"));
    Path images = TinyImages.gray(shared.resolve("images2"), 8, 3);
    try (Stream<Path> files = Files.walk(images.resolve("train"))) {
      List<Path> pictures = files.filter(Files::isRegularFile).sorted().toList();
      Files.copy(
          pictures.get(0), pictures.get(1), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    RealRun run = resume(folder, "data.path=" + images);
    assertEquals(2, run.code());
    assertTrue(run.err().contains("data was "), run.err());
    assertTrue(run.err().contains("take the data set that the run was started with"), run.err());
  }

  @Test
  void resumeIfExistsStartsAndResumes() {
    Path folder = shared.resolve("queue/run");
    String[] words = {
      "train", config.toString(), "output=" + folder, "--resume-if-exists",
    };
    int code = 75;
    int starts = 0;
    while (code == 75) {
      code = RealRun.main(stopAt(60), folder, words).code();
      starts++;
      assertTrue(starts < 50);
    }
    assertTrue(starts > 2, starts + " starts");
    assertSame(whole, RealRun.main(() -> false, folder, words), "queued again");
    RealRun noOutput =
        RealRun.main(() -> false, folder, "train", config.toString(), "--resume-if-exists");
    assertEquals(2, noOutput.code());
    assertTrue(noOutput.err().contains("output: expected a folder"), noOutput.err());
  }

  @Test
  void whatIsNoRunIsRefused() throws IOException {
    assertEquals(2, resume(shared.resolve("nowhere")).code());
    Path other = Files.createDirectories(shared.resolve("something"));
    Files.writeString(other.resolve("thesis.txt"), "x");
    RealRun run = resume(other);
    assertEquals(2, run.code());
    assertTrue(run.err().contains("expected a folder with config.yaml"), run.err());
    assertFalse(Files.exists(other.resolve(".lock")));
  }

  /** A replay needs neither images nor the device of the run. */
  @Test
  void replayGivesTheWeightsOfAnyRound() throws IOException {
    Path folder = shared.resolve("replayed");
    RealRun.good(config, folder, "zo.schedule=constant");
    for (int round = 3; round <= 8; round++) {
      RealRun part =
          RealRun.good(
              config,
              shared.resolve("until" + round),
              "zo.schedule=constant",
              "zo.rounds=" + (round - 3),
              "seed=8",
              "repeats=1",
              "methods=[zowarmup]");
      Path out = shared.resolve("round" + round + ".safetensors");
      RealRun replay =
          RealRun.main(
              () -> false,
              part.folder(),
              "replay",
              folder.toString(),
              "--round=" + round,
              "--seed=8",
              "--device=reference",
              "--out=" + out);
      assertEquals(0, replay.code(), replay.err());
      assertArrayEquals(
          Files.readAllBytes(part.weightsFile("zowarmup", 8)), Files.readAllBytes(out));
      if (round == 8) {
        assertTrue(replay.out().contains("for 20 probes"), replay.out());
      }
    }
    for (String[] words :
        List.of(
            new String[] {"--round=2"},
            new String[] {"--round=9"},
            new String[] {"--method=high-res-only"},
            new String[] {"--method=fedavg"},
            new String[] {"--seed=1"})) {
      RealRun refused =
          RealRun.main(
              () -> false,
              folder,
              Stream.concat(
                      Stream.of("replay", folder.toString(), "--out=" + shared.resolve("no")),
                      Stream.of(words))
                  .toArray(String[]::new));
      assertEquals(2, refused.code(), words[0]);
      assertEquals(1, refused.err().lines().count(), refused.err());
    }
  }
}
