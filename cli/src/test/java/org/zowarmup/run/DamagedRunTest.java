package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What is read of a run is compared first: with its copies, with its name, with what made it. */
class DamagedRunTest {
  @TempDir static Path shared;
  private static Path config;
  private static RealRun whole;
  private static int copies;

  @BeforeAll
  static void runWhole() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 8, 3);
    Path parts = Files.writeString(shared.resolve("parts.json"), parts(0));
    config =
        Files.writeString(
            shared.resolve("damaged.yaml"),
            """
            name: damaged
            seed: 7
            repeats: 2
            device: cpu
            threads: 1
            data: {source: image-folder, path: "%s", validation: 0.25, partition: {kind: file, path: "%s"}}
            clients: {count: 3, high: 0.67}
            model: {kind: cnn, channels: [4]}
            warmup: {rounds: 2, cohort: 2, localEpochs: 1, batch: 4}
            zo: {rounds: 4, cohort: 2, seeds: 2, batch: 2}
            evaluate: {everyRounds: 1, batch: 4, diagnostics: false}
            checkpoint: {everyRounds: 2}
            """
                .formatted(images, parts));
    whole = RealRun.good(config, shared.resolve("whole"));
  }

  /** Every third image to each of three clients, the first of them to the one of this number. */
  private static String parts(int first) {
    List<List<Integer>> lists = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (int image = 0; image < 24; image++) {
      lists.get((image + first) % 3).add(image);
    }
    return lists.toString();
  }

  private static Path copy(RealRun run) throws IOException {
    return RealRun.copy(run.folder(), shared.resolve("copy" + copies++));
  }

  /** As an older version leaves it, whose files are compared with each other alone. */
  private static Path older(RealRun run) throws IOException {
    Path folder = copy(run);
    Files.delete(folder.resolve("checksums.json"));
    return folder;
  }

  private static RealRun command(Path folder, String... words) {
    return RealRun.main(() -> false, folder, words);
  }

  private static RealRun resume(Path folder, String... words) {
    List<String> all = new ArrayList<>(List.of("resume", folder.toString()));
    all.addAll(List.of(words));
    return command(folder, all.toArray(String[]::new));
  }

  private static void assertRefused(RealRun run, String... said) {
    assertEquals(2, run.code(), run.err() + run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    for (String part : said) {
      assertTrue(run.err().contains(part), run.err());
    }
  }

  private static void flip(Path file, long offset) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) (offset < 0 ? bytes.length + offset : offset)] ^= 4;
    Files.write(file, bytes);
  }

  private static void edit(Path file, String before, String after) throws IOException {
    String text = Files.readString(file);
    assertTrue(Pattern.compile(before).matcher(text).find(), text);
    Files.writeString(file, text.replaceFirst(before, after));
  }

  private static RealRun stopped(int rows) throws IOException {
    Path folder = shared.resolve("stopped" + copies++);
    Path metrics = folder.resolve("metrics.jsonl");
    RealRun run =
        RealRun.train(
            () -> {
              try {
                return Files.exists(metrics) && Files.readAllLines(metrics).size() >= rows;
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            },
            config,
            folder);
    assertEquals(75, run.code(), run.err());
    return run;
  }

  @Test
  void aDamagedSeedLogIsNamed() throws IOException {
    Path folder = copy(stopped(5));
    Path log = folder.resolve("seeds-zowarmup-seed7.log");
    flip(log, Files.size(log) / 2);
    assertRefused(resume(folder), "seeds-zowarmup-seed7.log", "damage at offset", "--discard");
    RealRun replay =
        command(folder, "replay", folder.toString(), "--round=5", "--out=" + shared.resolve("no"));
    assertRefused(replay, "seeds-zowarmup-seed7.log", "offset", "damage; rounds to");
    RealRun resumed = resume(folder, "--discard");
    assertEquals(0, resumed.code(), resumed.err());
    assertEquals(whole.rowsWithout("seconds"), resumed.rowsWithout("seconds"));
    // what comes after the damage can be replayed from where the run was resumed
    Path out = shared.resolve("replayed" + copies++);
    replay = command(folder, "replay", folder.toString(), "--round=6", "--out=" + out);
    assertEquals(0, replay.code(), replay.err());
    assertArrayEquals(
        Files.readAllBytes(whole.weightsFile("zowarmup", 7)), Files.readAllBytes(out));
  }

  @Test
  void finalWeightsAreComparedWithTheirCheckpoint() throws IOException {
    Path folder = older(whole);
    Path weights = folder.resolve("weights-high-res-only-seed7.safetensors");
    flip(weights, -6);
    assertRefused(
        command(folder, "evaluate", weights.toString()),
        "the weights of the checkpoint of round 6");
    assertEquals(0, resume(folder).code());
    assertArrayEquals(
        Files.readAllBytes(whole.weightsFile("high-res-only", 7)), Files.readAllBytes(weights));
    assertEquals(whole.text("metrics.jsonl").length(), Files.size(folder.resolve("metrics.jsonl")));
    Path matrix = folder.resolve("confusion-zowarmup-seed8.json");
    edit(matrix, "3", "2");
    assertEquals(0, resume(folder).code());
    assertEquals(whole.text("confusion-zowarmup-seed8.json"), Files.readString(matrix));
  }

  @Test
  void editedResultsAreRefused() throws IOException {
    Path folder = copy(whole);
    edit(folder.resolve("metrics.jsonl"), "\"testAccuracy\":[0-9.]+", "\"testAccuracy\":0.987");
    assertRefused(resume(folder), "testAccuracy 0.987 in metrics.jsonl", "--discard");
    assertRefused(command(folder, "report", folder.toString()), "0.987 in metrics.jsonl");
    Path other = older(whole);
    edit(other.resolve("summary.json"), "\"testAccuracy\" : [0-9.]+", "\"testAccuracy\" : 0.987");
    assertRefused(command(other, "report", other.toString()), "summary.json", "0.987");
    Path third = copy(whole);
    edit(third.resolve("metrics.jsonl"), "method", "mXthod");
    assertRefused(resume(third), "metrics.jsonl, line 1", "--discard");
    Path last = copy(whole);
    edit(last.resolve("config.yaml"), "rounds: 4", "rounds: 3");
    assertRefused(resume(last), "config.yaml", "key=value");
  }

  @Test
  void filesOfAnotherMethodOrSeedAreRefused() throws IOException {
    RealRun stopped = stopped(20);
    for (String[] pair :
        new String[][] {
          {"seeds-zowarmup-seed7.log", "seeds-zowarmup-seed8.log"},
          {
            "checkpoints/zowarmup-seed7-round6.safetensors",
            "checkpoints/high-res-only-seed8-round2.safetensors"
          },
        }) {
      Path folder = copy(stopped);
      Path to = folder.resolve(pair[1]);
      Files.copy(folder.resolve(pair[0]), to, StandardCopyOption.REPLACE_EXISTING);
      String method = pair[1].contains("zowarmup") ? "zowarmup" : "high-res-only";
      if (method.equals("zowarmup")) {
        // a method that is done needs no log; a longer run does
        assertRefused(
            resume(folder, "zo.rounds=7", "--other-schedule"), "seeds-zowarmup-seed8.log");
        assertRefused(
            command(
                folder, "replay", folder.toString(), "--seed=8", "--out=" + shared.resolve("no")),
            "that of zowarmup seed 7");
      } else {
        assertRefused(resume(folder), "that of zowarmup seed 7, round 6");
      }
    }
  }

  @Test
  void otherFilesThatTheConfigNamesAreRefused() throws IOException {
    Path parts = shared.resolve("parts.json");
    Path init = shared.resolve("init.safetensors");
    Files.copy(whole.weightsFile("zowarmup", 7), init);
    Path folder = shared.resolve("init");
    AtomicInteger asked = new AtomicInteger();
    RealRun run =
        RealRun.train(() -> asked.incrementAndGet() > 20, config, folder, "model.init=" + init);
    assertEquals(75, run.code(), run.err());
    try {
      Files.writeString(parts, parts(1));
      assertRefused(resume(folder), "file of data.partition was", "put back the partition");
    } finally {
      Files.writeString(parts, parts(0));
    }
    Files.copy(whole.weightsFile("zowarmup", 8), init, StandardCopyOption.REPLACE_EXISTING);
    assertRefused(resume(folder), "file of model.init was", "put back the weights");
  }

  @Test
  void aSecondStartIsRefusedBeforeItReads() throws IOException {
    Path folder = shared.resolve("twice");
    List<RealRun> second = new ArrayList<>();
    RealRun first =
        RealRun.train(
            () -> {
              if (second.isEmpty() && Files.exists(folder.resolve("metrics.jsonl"))) {
                second.add(new RealRun(0, "", "", folder));
                second.set(0, resume(folder));
                second.add(RealRun.train(() -> false, config, folder, "--resume-if-exists"));
              }
              return false;
            },
            config,
            folder,
            "--resume-if-exists");
    assertRefused(second.get(0), "expected no other process at work in it");
    assertRefused(second.get(1), "expected no other process at work in it");
    assertEquals(0, first.code(), first.err());
    assertEquals(whole.rowsWithout("seconds"), first.rowsWithout("seconds"));
  }

  @Test
  void filesThatAreRemovedDuringTheRunAreWrittenAgain() throws IOException {
    for (String name :
        List.of(
            "metrics.jsonl",
            "metrics.csv",
            "probes.csv",
            "seeds-zowarmup-seed7.log",
            "config.yaml",
            "identity.json")) {
      Path folder = shared.resolve("removed-" + name);
      Path file = folder.resolve(name);
      AtomicInteger asked = new AtomicInteger();
      RealRun run =
          RealRun.train(
              () -> {
                try {
                  if (Files.exists(folder.resolve("seeds-zowarmup-seed7.log"))
                      && asked.incrementAndGet() == 3) {
                    Files.delete(file);
                  }
                  return false;
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              },
              config,
              folder);
      assertEquals(0, run.code(), name + ": " + run.err());
      assertTrue(Files.exists(file), name);
      assertEquals(whole.rowsWithout("seconds"), run.rowsWithout("seconds"), name);
      assertEquals(whole.text("probes.csv"), run.text("probes.csv"), name);
      assertArrayEquals(
          Files.readAllBytes(whole.folder().resolve("seeds-zowarmup-seed7.log")),
          Files.readAllBytes(folder.resolve("seeds-zowarmup-seed7.log")),
          name);
      assertEquals(0, resume(folder).code(), name);
    }
  }

  /** The default schedule of the zeroth-order phase is a cosine. */
  @Test
  void anotherScheduleIsRefusedUnlessAskedFor() throws IOException {
    Path folder = copy(whole);
    assertRefused(
        resume(folder, "zo.rounds=6"),
        "zo.rounds was 4 and is 6",
        "zowarmup seed 7 has done rounds under zo.schedule=cosine over 4 rounds, not 6",
        "--other-schedule");
    RealRun longer = resume(folder, "zo.rounds=6", "--other-schedule");
    assertEquals(0, longer.code(), longer.err());
    List<String> stated = new ArrayList<>();
    for (JsonNode one : longer.json("summary.json").get("extensions")) {
      stated.add(
          "%s %s after %s: %s %s to %s %s"
              .formatted(
                  one.get("method").asText(),
                  one.get("seed"),
                  one.get("afterRound"),
                  one.get("phase").asText(),
                  one.get("roundsBefore"),
                  one.get("rounds"),
                  one.path("schedules")));
    }
    assertEquals(
        List.of(
            "zowarmup 7 after 6: zo 4 to 6 [\"zo.schedule=cosine\"]",
            "high-res-only 7 after 6: warmup 6 to 8 ",
            "zowarmup 8 after 6: zo 4 to 6 [\"zo.schedule=cosine\"]",
            "high-res-only 8 after 6: warmup 6 to 8 "),
        stated);
    for (JsonNode row : whole.rows()) {
      assertTrue(longer.rows().contains(row), "lost " + row);
    }
    Path single = shared.resolve("single");
    RealRun.good(config, single, "methods=[high-res-only]", "warmup.schedule=step", "repeats=1");
    assertRefused(resume(single, "zo.rounds=6"), "warmup.schedule=step over 6 rounds, not 8");
    Path epsilon = shared.resolve("epsilon");
    RealRun.good(
        config,
        epsilon,
        "methods=[zo-only]",
        "zo.schedule=constant",
        "zo.epsilonSchedule=cosine",
        "repeats=1");
    assertRefused(resume(epsilon, "zo.rounds=6"), "zo.epsilonSchedule=cosine over 6 rounds");
  }

  /** What cannot be had again and forbids no resume of a finished run is said, and no more. */
  @Test
  void whatAFinishedRunLacksIsSaid() throws IOException {
    Path folder = copy(whole);
    Files.delete(folder.resolve("seeds-zowarmup-seed7.log"));
    Files.delete(folder.resolve("identity.json"));
    edit(folder.resolve("probes.csv"), "zowarmup,8,4,", "zowarmup,8,9,");
    Logger logger = (Logger) LoggerFactory.getLogger("org.zowarmup");
    ListAppender<ILoggingEvent> heard = new ListAppender<>();
    heard.start();
    logger.addAppender(heard);
    RealRun resumed = resume(folder);
    logger.detachAppender(heard);
    assertEquals(0, resumed.code(), resumed.err());
    String said =
        heard.list.stream()
            .filter(event -> event.getLevel() == Level.WARN)
            .map(ILoggingEvent::getFormattedMessage)
            .collect(Collectors.joining("\n"));
    for (String part :
        List.of(
            "seeds-zowarmup-seed7.log: expected rounds 3 to 6, found rounds to 2, then none; what"
                + " is missing can no longer be replayed",
            "identity.json is missing",
            "probes.csv is not what the run wrote",
            "probes.csv: no lines for round 4 of zowarmup seed 8")) {
      assertTrue(said.contains(part), said);
    }
    assertEquals(4, said.lines().count(), said);
    assertEquals(whole.rows(), resumed.rows());
  }
}
