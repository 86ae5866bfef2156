package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Files in a run folder that are sound by themselves and not what the run wrote: those of another
 * run, edited ones, and things that are no files.
 */
class ForeignFilesTest {
  private static final String LOG = "seeds-zowarmup-seed5.log";
  private static final String WEIGHTS = "weights-zowarmup-seed5.safetensors";

  /** Nothing is read of them. */
  private static final Pattern OF_NO_CONSEQUENCE = Pattern.compile("run\\.log|\\.lock");

  @TempDir(factory = MemoryFolder.class)
  static Path shared;

  private static Path config;
  private static Path images;

  /** A run that ended, one like it that was stopped, and another of the same seed and methods. */
  private static RealRun whole;

  private static RealRun stopped;
  private static RealRun killed;
  private static RealRun other;
  private static int copies;
  private static final ListAppender<ILoggingEvent> SAID = new ListAppender<>();

  @BeforeAll
  static void runAll() throws IOException {
    images = TinyImages.gray(shared.resolve("images"), 6, 3);
    config =
        Files.writeString(
            shared.resolve("foreign.yaml"),
            """
            name: foreign
            seed: 5
            device: cpu
            threads: 1
            methods: [zowarmup, high-res-only]
            data: {source: image-folder, path: "%s", validation: 0.25}
            clients: {count: 2, high: 0.5}
            model: {kind: cnn, channels: [2]}
            warmup: {rounds: 2, cohort: 1, localEpochs: 1, batch: 4}
            zo: {rounds: 6, cohort: 2, seeds: 2, batch: 2}
            evaluate: {everyRounds: 1, batch: 4, clientsEveryRounds: 2, best: true}
            faults: {dropout: 0.3}
            privacy: {clipChange: 1, clipScalars: 1}
            checkpoint: {everyRounds: 2}
            """
                .formatted(images));
    SAID.start();
    ((Logger) LoggerFactory.getLogger("org.zowarmup")).addAppender(SAID);
    whole = RealRun.good(config, shared.resolve("whole"));
    other = RealRun.good(config, shared.resolve("other"), "zo.epsilon=0.02", "warmup.lr=0.01");
    stopped(13);
    killed = moment(13); // within its second method
    stopped = stopped(7);
  }

  private static RealRun stopped(int rows) {
    Path folder = shared.resolve("stopped" + copies++);
    Path metrics = folder.resolve("metrics.jsonl");
    Path moment = moment(rows).folder();
    RealRun run =
        RealRun.train(
            () -> {
              boolean stop = Files.exists(metrics) && lines(metrics) >= rows;
              if (stop && !Files.exists(moment)) {
                copy(folder, moment); // what a kill would leave here
              }
              return stop;
            },
            config,
            folder);
    assertEquals(75, run.code(), run.err());
    return run;
  }

  /** What a kill would have left of the run that was stopped after so many rows. */
  private static RealRun moment(int rows) {
    return new RealRun(137, "", "", shared.resolve("moment" + rows));
  }

  private static long lines(Path file) {
    return new String(bytes(file), StandardCharsets.UTF_8).lines().count();
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void copy(Path from, Path to) {
    try {
      RealRun.copy(from, to);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Path copy(RealRun run) throws IOException {
    return RealRun.copy(run.folder(), shared.resolve("copy" + copies++));
  }

  private static RealRun command(Path folder, String... words) {
    RealRun run = RealRun.main(() -> false, folder, words);
    assertTrue(run.code() == 0 || run.code() == 2, run.err());
    assertEquals(run.code() == 0 ? 0 : 1, run.err().lines().count(), run.err());
    return run;
  }

  @AfterAll
  static void stopListening() {
    ((Logger) LoggerFactory.getLogger("org.zowarmup")).detachAppender(SAID);
  }

  /** What the last resume has said. */
  private static String said() {
    return SAID.list.stream()
        .map(ILoggingEvent::getFormattedMessage)
        .collect(Collectors.joining("\n"));
  }

  private static RealRun resume(Path folder, String... words) {
    SAID.list.clear();
    List<String> all = new ArrayList<>(List.of("resume", folder.toString()));
    all.addAll(List.of(words));
    return command(folder, all.toArray(String[]::new));
  }

  private static RealRun report(Path folder) {
    return command(folder, "report", folder.toString(), "--output=" + shared.resolve("page"));
  }

  private static RealRun replay(Path folder) {
    return command(
        folder, "replay", folder.toString(), "--force", "--out=" + shared.resolve("made"));
  }

  private static void assertRefused(RealRun run, String... said) {
    assertEquals(2, run.code(), run.out());
    for (String part : said) {
      assertTrue(run.err().contains(part), run.err());
    }
  }

  /** All that is in a folder and has a consequence; names of things that are no files too. */
  private static Map<String, String> content(Path folder) {
    try (Stream<Path> walk = Files.walk(folder)) {
      Map<String, String> content = new TreeMap<>();
      for (Path file : walk.toList()) {
        String name = folder.relativize(file).toString();
        if (!OF_NO_CONSEQUENCE.matcher(name).matches()) {
          content.put(
              name, Files.isRegularFile(file) ? Arrays.toString(bytes(file)) : "no plain file");
        }
      }
      return content;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> names(RealRun run) {
    List<String> names = new ArrayList<>();
    content(run.folder())
        .forEach(
            (name, value) -> {
              if (!value.equals("no plain file")) {
                names.add(name);
              }
            });
    return names;
  }

  private static void put(Path from, Path folder, String name) throws IOException {
    Files.copy(from.resolve(name), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
  }

  private static void edit(Path file, String before, String after) throws IOException {
    String text = Files.readString(file);
    Matcher found = Pattern.compile(before).matcher(text);
    assertTrue(found.find(), text);
    String edited = found.replaceFirst(after);
    assertFalse(edited.equals(text), text);
    Files.writeString(file, edited);
  }

  private static List<String> rows(RealRun run, String method) {
    return run.rows(method, 5).stream().map(row -> RealRun.without(row, "seconds")).toList();
  }

  private static void assertSameResult(RealRun expected, RealRun found) {
    assertEquals(0, found.code(), found.err());
    for (String method : List.of("zowarmup", "high-res-only")) {
      assertEquals(rows(expected, method), rows(found, method));
      assertEquals(expected.weights(method, 5), found.weights(method, 5));
    }
  }

  /** The same seed, method and parameter layout, and another scalar in every round. */
  @ParameterizedTest
  @ValueSource(
      strings = {"zo.epsilon=0.02", "warmup.localEpochs=2", "data.path=", "faults.dropout=0.2"})
  void theSeedLogOfAnotherRun(String key) throws IOException {
    String word =
        key.equals("data.path=") ? key + TinyImages.gray(shared.resolve("more"), 7, 3) : key;
    Path from = RealRun.good(config, shared.resolve("log" + copies++), word).folder();
    // no checkpoint after the pivot is left to say what its rounds gave, nor any checksum
    Path folder = copy(stopped);
    put(from, folder, LOG);
    Files.delete(folder.resolve("checksums.json"));
    for (int round : List.of(4, 6, 7)) {
      Files.deleteIfExists(
          folder.resolve("checkpoints/zowarmup-seed5-round" + round + ".safetensors"));
    }
    Map<String, String> before = content(folder);
    assertRefused(resume(folder), LOG, "the log of this run", "--discard");
    assertEquals(before, content(folder));
    assertRefused(replay(folder), LOG, "the log of this run");
    assertSameResult(whole, resume(folder, "--discard"));

    // of a run that has ended the log changes no result, but is not taken without a word
    Path ended = copy(whole);
    put(from, ended, LOG);
    assertRefused(replay(ended), LOG, "the log of this run");
    RealRun again = resume(ended);
    assertSameResult(whole, again);
    assertTrue(said().contains("the log of this run"), said());
  }

  static List<String> files() {
    return names(whole);
  }

  /** Whatever one file holds: results are those of the run, or one line names the file. */
  @ParameterizedTest
  @MethodSource("files")
  void anyFileOfAnotherRun(String name) throws IOException {
    if (!Files.exists(other.folder().resolve(name))
        || Arrays.equals(
            bytes(whole.folder().resolve(name)), bytes(other.folder().resolve(name)))) {
      return; // nothing to exchange, for example classes of a partition that both have
    }
    Path folder = copy(whole);
    put(other.folder(), folder, name);
    String file = folder.resolve(name).getFileName().toString();
    Map<String, String> before = content(folder);

    boolean read = !name.matches(".*\\.(safetensors|log)");
    if (read) {
      assertRefused(report(folder), file);
    }
    boolean ofAll = name.matches("(config|identity|checksums)\\..*");
    if (ofAll || name.equals(LOG)) {
      assertRefused(replay(folder));
    }
    if (ofAll || name.equals(WEIGHTS)) {
      String weights = folder.resolve(WEIGHTS).toString();
      String out = "--out=" + shared.resolve("made");
      assertEquals(2, command(folder, "evaluate", weights).code());
      assertEquals(2, command(folder, "export", weights, "--to=npz", "--force", out).code());
    }
    assertEquals(before, content(folder));

    RealRun resumed = resume(folder);
    if (resumed.code() == 2) {
      String by = "expected the run that it was made by";
      assertTrue(resumed.err().contains(file) || resumed.err().contains(by), resumed.err());
      assertEquals(before, content(folder));
    } else {
      assertSameResult(whole, resumed);
      // a checkpoint that is not the newest is not read
      assertTrue(said().contains(file) || name.startsWith("checkpoints/"), said());
      // what cannot be made again stays refused, however often the run is resumed
      boolean same =
          Arrays.equals(bytes(whole.folder().resolve(name)), bytes(folder.resolve(name)));
      boolean made = same || name.matches("(summary|description|checksums).*|partition.csv");
      for (int times = 0; !made && read && times < 2; times++) {
        assertRefused(report(folder), file);
        assertSameResult(whole, resume(folder));
      }
      if (name.equals("summary.json")) {
        assertEquals(0, report(folder).code());
      }
    }
  }

  /** Also in rows after the last checkpoint, which the seed log alone restores. */
  @ParameterizedTest
  @CsvSource({
    "whole, 4, trainLoss",
    "whole, 9, bytesUpHigh",
    "whole, 16, testAccuracy",
    "stopped, 4, bytesDownLow",
    "stopped, 7, trainLoss",
    "moment, 7, testAccuracy"
  })
  void theSameEditInBothFilesOfMetrics(String which, int line, String column) throws IOException {
    Path folder =
        copy(which.equals("whole") ? whole : which.equals("stopped") ? stopped : moment(7));
    List<String> lines = Files.readAllLines(folder.resolve("metrics.csv"));
    int at = List.of(lines.get(0).split(",")).indexOf(column);
    assertTrue(at > 0, lines.get(0));
    String[] cells = lines.get(line).split(",", -1);
    String now = cells[at].startsWith("0.") ? "0.25" : "77";
    cells[at] = now;
    lines.set(line, String.join(",", cells));
    Files.writeString(folder.resolve("metrics.csv"), String.join("\n", lines) + "\n");
    List<String> rows = Files.readAllLines(folder.resolve("metrics.jsonl"));
    String row =
        rows.get(line - 1)
            .replaceFirst("\"" + column + "\":[-0-9.eE]+", "\"" + column + "\":" + now);
    assertFalse(row.equals(rows.get(line - 1)), row);
    rows.set(line - 1, row);
    Files.writeString(folder.resolve("metrics.jsonl"), String.join("\n", rows) + "\n");

    Map<String, String> before = content(folder);
    String place = "in line %d of metrics.jsonl, which is not what the run wrote".formatted(line);
    assertRefused(resume(folder), place, "--discard");
    assertRefused(report(folder), place, "--discard");
    assertEquals(before, content(folder));
    assertSameResult(whole, resume(folder, "--discard"));
    assertTrue(line > 4 || report(folder).code() == 0);
  }

  @ParameterizedTest
  @CsvSource({
    "afterRound, 8, 7",
    "roundsBefore, 6, 5",
    "phase, \"zo\", \"warmup\"",
    "rounds, 8, 9"
  })
  void plausibleOtherExtensions(String name, String was, String now) throws IOException {
    Path folder = copy(whole);
    assertEquals(0, resume(folder, "zo.rounds=8", "--other-schedule").code());
    edit(
        folder.resolve("extensions.json"),
        "\"" + name + "\" : " + was,
        "\"" + name + "\" : " + now);
    Map<String, String> before = content(folder);
    assertRefused(resume(folder), "extensions.json", "what the run wrote");
    assertRefused(report(folder), "extensions.json", "what the run wrote");
    assertEquals(before, content(folder));
    assertEquals(0, resume(folder, "--discard").code());
  }

  static List<String> filesOfTheKilled() {
    return names(killed).stream()
        .filter(name -> !name.matches("checkpoints/.*|checksums.json"))
        .toList();
  }

  /** What a kill leaves: no summary, and sums up to the last checkpoint. */
  @Test
  void aRunThatWasKilledIsResumedWithoutAWord() throws IOException {
    JsonNode sums = killed.json("checksums.json").path("files");
    for (String name : names(killed)) {
      boolean ofTheRunning = name.matches("[a-z]+-high-res-only-.*|privacy-high-res-only.json");
      boolean expected =
          !ofTheRunning && !name.matches("(checkpoints/|checksums|metrics|privacy).*");
      assertEquals(expected, sums.has(name), name);
    }
    assertTrue(sums.has("clients-zowarmup-seed5.csv"), sums.toString());
    assertFalse(Files.exists(killed.folder().resolve("summary.json")));
    assertEquals(0, report(killed.folder()).code());
    assertSameResult(whole, resume(copy(killed)));
    assertFalse(said().contains("not what the run wrote"), said());
  }

  /** A digit of the second line, after what may be names, or a byte in the middle of no text. */
  @ParameterizedTest
  @MethodSource("filesOfTheKilled")
  void editsInARunThatWasKilled(String name) throws IOException {
    Path folder = copy(killed);
    byte[] file = bytes(folder.resolve(name));
    boolean text = !name.matches(".*\\.(safetensors|log)");
    int at = text ? new String(file, StandardCharsets.UTF_8).indexOf('\n') : file.length / 2;
    while (text && at < file.length && !Character.isDigit(file[at])) {
      at++;
    }
    assertTrue(at < file.length, name);
    file[at] = (byte) (file[at] == '7' ? '8' : '7');
    Files.write(folder.resolve(name), file);
    Map<String, String> before = content(folder);
    boolean summed =
        killed.json("checksums.json").path("files").has(name) || name.startsWith("metrics");
    if (summed && text) {
      assertRefused(report(folder), name);
    }
    RealRun resumed = resume(folder);
    if (resumed.code() == 2) {
      String by = "expected the run that it was made by";
      assertTrue(resumed.err().contains(name) || resumed.err().contains(by), resumed.err());
      assertEquals(before, content(folder));
    } else {
      assertSameResult(whole, resumed);
      assertTrue(!summed || said().contains(name), said());
    }
  }

  /**
   * The newest, the pivot's and one of a method that has ended: named, and removed by --discard.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "high-res-only-seed5-round4",
        "zowarmup-seed5-round8",
        "zowarmup-seed5-pivot-round2"
      })
  void theCheckpointOfAnotherRun(String name) throws IOException {
    String file = "checkpoints/" + name + ".safetensors";
    Path from = other.folder();
    if (!Files.exists(from.resolve(file))) {
      from = shared.resolve("other-stopped");
      Path metrics = from.resolve("metrics.jsonl");
      String[] words = {"zo.epsilon=0.02", "warmup.lr=0.01"};
      RealRun.train(
          () -> Files.exists(metrics) && lines(metrics) >= 13, config, metrics.getParent(), words);
    }
    Path folder = copy(killed);
    put(from, folder, file);
    Map<String, String> before = content(folder);
    RealRun refused = resume(folder);
    if (refused.code() == 2) { // an older one than the newest is not read
      assertTrue(refused.err().contains(file), refused.err());
      assertTrue(refused.err().contains("--discard"), refused.err());
      assertEquals(before, content(folder));
      assertSameResult(whole, resume(folder, "--discard"));
    }
    assertSameResult(whole, resume(folder));
  }

  /** Without any sum of its own left, a row may still not pass for that of an older version. */
  @ParameterizedTest
  @ValueSource(strings = {"whole", "stopped"})
  void rowsWithoutTheirChecksums(String which) throws IOException {
    Path folder = copy(which.equals("whole") ? whole : stopped);
    Path rows = folder.resolve("metrics.jsonl");
    String text = Files.readString(rows).replaceAll(",\"crc32c\":\"[0-9a-f]{8}\"", "");
    Files.writeString(rows, text);
    Map<String, String> before = content(folder);
    assertRefused(resume(folder), "metrics.jsonl", "--discard");
    assertRefused(report(folder), "metrics.jsonl", "--discard");
    assertEquals(before, content(folder));
    assertSameResult(whole, resume(folder, "--discard"));
  }

  /** A resume that is killed before its first checkpoint keeps the sums of what it left alone. */
  @ParameterizedTest
  @ValueSource(strings = {"config.yaml", "probes.csv", "clients-zowarmup-seed5.csv", LOG})
  void editsAfterAResumeThatWasKilledAtItsStart(String name) throws IOException {
    Path folder = copy(killed);
    Path start = shared.resolve("start" + copies++);
    RealRun resumed =
        RealRun.main(
            () -> {
              if (!Files.exists(start)) {
                copy(folder, start);
              }
              return true;
            },
            folder,
            "resume",
            folder.toString());
    assertEquals(75, resumed.code(), resumed.err());
    Path good = RealRun.copy(start, shared.resolve("start" + copies++));
    assertEquals(0, report(good).code());
    assertSameResult(whole, resume(good));
    assertFalse(said().contains("not what the run wrote"), said());

    if (name.equals("config.yaml")) { // other rounds, and no checksum of its own
      List<String> lines = new ArrayList<>(Files.readAllLines(start.resolve(name)));
      lines.remove(0);
      lines.replaceAll(line -> line.replace("rounds: 6", "rounds: 7"));
      Files.write(start.resolve(name), lines);
    } else {
      byte[] file = bytes(start.resolve(name));
      file[file.length - 3] ^= 1;
      Files.write(start.resolve(name), file);
    }
    RealRun after = resume(start);
    if (after.code() == 2) {
      assertTrue(after.err().contains(name), after.err());
    } else {
      assertSameResult(whole, after);
      assertTrue(said().contains(name), said());
    }
    assertEquals(name.equals("config.yaml") ? 2 : 0, after.code(), after.err());
  }

  /** A kill between the last round of a method and its weights. */
  @Test
  void weightsThatAreNotYetWrittenAreNoLoss() throws IOException {
    Path folder = copy(killed);
    Files.delete(folder.resolve(WEIGHTS));
    Files.delete(folder.resolve("checksums.json"));
    assertSameResult(whole, resume(folder));
    assertFalse(said().contains("written again"), said());
  }

  /** Results stay, and what is gone for good is named, once. */
  @ParameterizedTest
  @MethodSource("files")
  void missingFiles(String name) throws IOException {
    if (name.matches("checkpoints/.*|checksums.json|config.yaml|metrics.*")) {
      return; // without them there is no run
    }
    Path folder = copy(whole);
    Files.delete(folder.resolve(name));
    assertSameResult(whole, resume(folder));
    boolean writtenAgain = name.startsWith("weights-");
    assertTrue(writtenAgain || said().contains(name), said());
    assertSameResult(whole, resume(folder));
    assertFalse(said().contains("is missing, which the run"), said());
  }

  /** Every file but those with sums of their own, one byte longer than the run left it. */
  @ParameterizedTest
  @MethodSource("files")
  void longerFiles(String name) throws IOException {
    if (name.matches("checkpoints/.*|checksums.json|metrics.*")) {
      return; // an empty line after rows is none
    }
    Path folder = copy(whole);
    Files.write(folder.resolve(name), new byte[] {'\n'}, StandardOpenOption.APPEND);
    Map<String, String> before = content(folder);
    if (!name.matches(".*\\.(safetensors|log)")) {
      assertRefused(report(folder), name);
    }
    RealRun resumed = resume(folder);
    if (resumed.code() == 2) {
      assertTrue(resumed.err().contains(name), resumed.err());
      assertEquals(before, content(folder));
    } else {
      assertSameResult(whole, resumed);
      assertTrue(said().contains(name), said());
    }
  }

  /** The sums, of files that grew over many checkpoints, against those of the whole files. */
  @ParameterizedTest
  @ValueSource(strings = {"whole", "stopped", "resumed"})
  void everyFileHasItsChecksum(String which) throws IOException {
    RealRun run = which.equals("whole") ? whole : stopped;
    if (which.equals("resumed")) {
      run = resume(copy(stopped));
      assertSameResult(whole, run);
    }
    JsonNode files = run.json("checksums.json").path("files");
    List<String> summed = new ArrayList<>();
    for (String name : names(run)) {
      if (name.matches("(checkpoints/|checksums|metrics).*")) {
        continue;
      }
      CRC32C crc = new CRC32C();
      byte[] bytes = bytes(run.folder().resolve(name));
      crc.update(bytes);
      assertEquals(bytes.length, files.path(name).path("bytes").asLong(), name);
      assertEquals(
          "%08x".formatted(crc.getValue()), files.path(name).path("crc32c").asText(), name);
      assertTrue(files.path(name).path("whole").asBoolean(), name);
      summed.add(name);
    }
    assertEquals(summed.size(), files.size(), files.toString());
  }

  @Test
  void damagedChecksums() throws IOException {
    Path folder = copy(stopped);
    edit(folder.resolve("checksums.json"), "\"bytes\" : 1", "\"bytes\" : 2");
    assertRefused(report(folder), "checksums.json", "remove it");
    assertRefused(replay(folder), "checksums.json", "remove it");
    RealRun resumed = resume(folder);
    assertSameResult(whole, resumed);
    assertTrue(said().contains("checksums.json"), said());
    assertEquals(0, report(folder).code());
    for (String content :
        List.of("null", "{}", "[]", "{\"run\":null,\"files\":{\"a\":null}}", "\u0000", "")) {
      Files.writeString(folder.resolve("checksums.json"), content);
      assertRefused(report(folder), "checksums.json");
      assertSameResult(whole, resume(folder));
    }
  }

  static List<String> names() {
    List<String> names = names(whole);
    names.addAll(List.of("run.log", ".lock", "extensions.json"));
    names.add(0, "checkpoints"); // a pipe, where a folder is right
    return names;
  }

  /** A pipe would be waited for, and a folder would be found out only when it is written. */
  @ParameterizedTest
  @MethodSource("names")
  void thingsThatAreNoFiles(String name) throws IOException {
    Path folder = copy(whole);
    Path place = folder.resolve(name);
    if (name.equals("checkpoints")) {
      for (String file : names(whole)) {
        if (file.startsWith(name)) {
          Files.delete(folder.resolve(file));
        }
      }
    }
    Files.deleteIfExists(place);
    switch (names().indexOf(name) % 3) {
      case 0 -> assertEquals(0, pipe(place));
      case 1 -> Files.createDirectory(place);
      default -> Files.createSymbolicLink(place, Path.of("/dev/zero"));
    }
    Map<String, String> before = content(folder);
    String weights = folder.resolve(WEIGHTS).toString();
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          assertRefused(resume(folder, "--discard"), place.getFileName().toString());
          assertRefused(report(folder), place.getFileName().toString());
          assertRefused(replay(folder), place.getFileName().toString());
          assertRefused(command(folder, "evaluate", weights), place.getFileName().toString());
        });
    assertEquals(before, content(folder));
    Files.delete(place);
  }

  private static int pipe(Path place) throws IOException {
    try {
      return new ProcessBuilder("mkfifo", place.toString()).start().waitFor();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
