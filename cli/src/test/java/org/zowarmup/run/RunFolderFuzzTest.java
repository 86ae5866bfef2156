package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.Fuzzing;
import org.zowarmup.error.UserErrorException;

/**
 * Every file of a run folder, damaged at random: a resume ends with the weights of the run that was
 * never touched or refuses in one line and changes nothing; the other commands end or refuse.
 * {@code -Dzowarmup.fuzz.files=checksums.*} damages files with such names alone.
 */
class RunFolderFuzzTest {
  private static final Pattern CHECKSUMS =
      Pattern.compile("checksum ([0-9a-f]{8}), found ([0-9a-f]{8})");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CHECKSUMS_FILE = "checksums.json";
  private static final Pattern OF_NO_CONSEQUENCE = Pattern.compile("run\\.log|\\.lock");

  @TempDir(factory = MemoryFolder.class)
  static Path shared;

  private final AtomicInteger turn = new AtomicInteger();

  @BeforeAll
  static void run() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 4, 2);
    String plain =
        """
        device: cpu
        threads: 1
        data: {source: image-folder, path: "%s", validation: 0.25}
        clients: {count: 2, high: 0.5}
        methods: [zowarmup]
        model: {kind: cnn, channels: [2]}
        warmup: {rounds: 1, cohort: 1, localEpochs: 1, batch: 4}
        zo: {rounds: 4, cohort: 2, seeds: 2, batch: 2, server: {optimizer: adam}}
        checkpoint: {everyRounds: 2}
        """
            .formatted(images);
    make(plain + "evaluate: {batch: 4, diagnostics: false}\n", "");
    make(
        plain
            + """
            evaluate: {batch: 4, everyRounds: 1, clientsEveryRounds: 1, best: true}
            faults: {dropout: 0.3, corrupt: 0.2, corruption: huge, onBadAnswer: refuse, maxScalar: 1000}
            privacy: {clipChange: 1, clipScalars: 1}
            """,
        "many-");
  }

  /**
   * A run that ended, one that was then made longer, one that was stopped, and one that was killed
   * before its last checkpoint.
   */
  private static void make(String yaml, String prefix) throws IOException {
    Path config = Files.writeString(shared.resolve(prefix + "run.yaml"), yaml);
    Path whole = RealRun.good(config, shared.resolve(prefix + "whole")).folder();
    Path longer = RealRun.copy(whole, shared.resolve(prefix + "longer"));
    String[] words = {"resume", longer.toString(), "zo.rounds=5", "--other-schedule"};
    RealRun more = RealRun.main(() -> false, longer, words);
    assertEquals(0, more.code(), more.err());
    assertTrue(Files.exists(longer.resolve("extensions.json")));
    Path stopped = shared.resolve(prefix + "stopped");
    Path metrics = stopped.resolve("metrics.jsonl");
    RealRun half =
        RealRun.train(() -> Files.exists(metrics) && lines(metrics) >= 4, config, stopped);
    assertEquals(75, half.code(), half.err());
    Map<String, byte[]> files = files(stopped);
    assertTrue(files.keySet().removeIf(name -> name.endsWith("seed1-round4.safetensors")));
    write(shared.resolve(prefix + "killed"), files);
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static long lines(Path file) {
    return new String(bytes(file), StandardCharsets.UTF_8).lines().count();
  }

  private static Map<String, byte[]> files(Path folder) {
    try (Stream<Path> walk = Files.walk(folder)) {
      Map<String, byte[]> files = new TreeMap<>();
      walk.filter(Files::isRegularFile)
          .forEach(file -> files.put(folder.relativize(file).toString(), bytes(file)));
      return files;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Map<String, byte[]> interesting(Path folder) {
    Map<String, byte[]> files = files(folder);
    files.keySet().removeIf(name -> OF_NO_CONSEQUENCE.matcher(name).matches());
    return files;
  }

  private static void write(Path folder, Map<String, byte[]> files) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> walk = Files.walk(folder)) {
        for (Path file : walk.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path to = folder.resolve(file.getKey());
      Files.createDirectories(to.getParent());
      Files.write(to, file.getValue());
    }
  }

  /** What the program says of a wrong checksum is the one that is right. */
  private static byte[] repaired(Path good, String name, byte[] file) {
    if (name.endsWith(".log")) {
      return Fuzzing.framed(file);
    }
    if (name.equals(CHECKSUMS_FILE)) {
      return withOwnChecksum(file);
    }
    if (name.equals("metrics.jsonl")) { // as an older version has it
      String text = new String(file, StandardCharsets.ISO_8859_1);
      return text.replaceAll(",\"crc32c\":\"[0-9a-f]{8}\"", "")
          .getBytes(StandardCharsets.ISO_8859_1);
    }
    if (!name.matches("config.*|checkpoints/.*")) {
      return file;
    }
    try {
      Map<String, byte[]> files = files(good);
      files.put(name, file);
      Path folder = shared.resolve("to-repair");
      write(folder, files);
      Matcher sums =
          CHECKSUMS.matcher(RealRun.main(() -> false, folder, "resume", folder.toString()).err());
      if (sums.find()) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        return text.replace(sums.group(1), sums.group(2)).getBytes(StandardCharsets.ISO_8859_1);
      }
      return file;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The sums of other files may be wrong then; that of checksums.json itself is right. */
  private static byte[] withOwnChecksum(byte[] file) {
    try {
      ObjectNode tree = (ObjectNode) JSON.readTree(file);
      StringBuilder text = new StringBuilder(tree.path("run").asText());
      text.append(' ').append(tree.path("rows").asBoolean());
      Map<String, JsonNode> sorted = new TreeMap<>();
      tree.path("files").fields().forEachRemaining(one -> sorted.put(one.getKey(), one.getValue()));
      sorted.forEach(
          (name, part) -> {
            text.append('\n').append(name).append(' ').append(part.path("bytes").asLong());
            text.append(' ').append(part.path("crc32c").asText());
            text.append(' ').append(part.path("whole").asBoolean());
          });
      CRC32C sum = new CRC32C();
      sum.update(text.toString().getBytes(StandardCharsets.UTF_8));
      tree.put("checksum", "%08x".formatted(sum.getValue()));
      return JSON.writeValueAsBytes(tree);
    } catch (IOException | ClassCastException e) {
      return file; // no longer JSON
    }
  }

  private static RealRun command(Path folder, String... words) {
    RealRun run = RealRun.main(() -> false, folder, words);
    assertTrue(run.code() == 0 || run.code() == 2, run.err());
    assertEquals(run.code() == 0 ? 0 : 1, run.err().lines().count(), run.err());
    return run;
  }

  private static void assertSame(
      Map<String, byte[]> before, Map<String, byte[]> after, String why) {
    assertEquals(before.keySet(), after.keySet(), why);
    before.forEach((name, file) -> assertTrue(Arrays.equals(file, after.get(name)), name + why));
  }

  private void damaged(Path good, String name, byte[] file) throws IOException {
    Path folder = shared.resolve("damaged");
    Map<String, byte[]> files = files(good);
    int number = turn.getAndIncrement();
    boolean summed = number / 16 % 2 == 0 || name.equals(CHECKSUMS_FILE);
    if (!summed) {
      files.remove(CHECKSUMS_FILE); // else no damage comes to those who read the files
    }
    files.put(name, file);
    write(folder, files);
    Map<String, byte[]> before = interesting(folder);
    String weights = "weights-zowarmup-seed1.safetensors";
    List<String> words =
        switch (number % 16) {
          case 1 -> List.of("report", folder.toString(), "--output=" + shared.resolve("page"));
          case 2, 3, 4 ->
              List.of(
                  "replay", folder.toString(), "--force", "--out=" + shared.resolve("replayed"));
          case 5, 6 -> List.of("evaluate", folder.resolve(weights).toString());
          case 7 ->
              List.of(
                  "export",
                  folder.toString(),
                  "--to=npz",
                  "--force",
                  "--out=" + shared.resolve("exported"));
          default -> List.of("resume", folder.toString());
        };
    RealRun run = command(folder, words.toArray(String[]::new));
    boolean resumed = words.get(0).equals("resume");
    if (run.code() == 2 || !resumed) {
      assertSame(before, interesting(folder), ", after: " + run.err());
    } else {
      String of = good.getFileName().toString();
      String end = of.replaceAll("(stopped|killed)$", "whole");
      byte[] expected = bytes(good.resolveSibling(end).resolve(weights));
      boolean same = Arrays.equals(expected, bytes(folder.resolve(weights)));
      // without its checkpoint and the sums of the files, a seed log whose checksums are right is
      // all that says what was sent
      boolean sound = name.endsWith(".log") && Arrays.equals(file, Fuzzing.framed(file));
      assertTrue(same || (!summed && sound && of.endsWith("killed")), "other weights");
    }
    if (run.code() == 2) {
      throw new UserErrorException(run.err().strip());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "whole",
        "longer",
        "stopped",
        "killed",
        "many-whole",
        "many-longer",
        "many-stopped",
        "many-killed"
      })
  void anyFileOfARun(String of) {
    Path good = shared.resolve(of);
    Map<String, byte[]> files = interesting(good);
    String wanted = System.getProperty("zowarmup.fuzz.files", ".*");
    files.keySet().removeIf(name -> !name.matches(wanted));
    Fuzzing.folder(
        "run folder, " + of,
        files,
        (name, file) -> repaired(good, name, file),
        (name, file) -> damaged(good, name, file));
  }

  /** Zeros at the start are taken for UTF-32 by a reader of JSON. */
  @ParameterizedTest
  @CsvSource({
    "identity.json,resume",
    "summary.json,report",
    "partition.csv,report",
    "config.yaml,report"
  })
  void bytesThatAreNoText(String name, String command) throws IOException {
    for (byte[] start : new byte[][] {{0, 0, 0, '{'}, {(byte) 0xff, '{'}, {'{', 0, 0, 0, 0, 'x'}}) {
      Path folder = shared.resolve("no-text");
      Map<String, byte[]> files = files(shared.resolve("whole"));
      files.remove(CHECKSUMS_FILE);
      byte[] bad = Arrays.copyOf(files.get(name), files.get(name).length);
      int at = name.endsWith(".csv") ? bad.length / 2 : 0; // its first line has only names
      System.arraycopy(start, 0, bad, at, start.length);
      files.put(name, bad);
      write(folder, files);
      List<String> words = new ArrayList<>(List.of(command, folder.toString()));
      if (command.equals("report")) {
        words.add("--output=" + shared.resolve("page"));
      }
      RealRun run = command(folder, words.toArray(String[]::new));
      assertEquals(2, run.code(), run.err());
      assertTrue(run.err().contains("expected ") && run.err().contains("found "), run.err());
    }
  }

  @Test
  void anIdentityWithoutItsDevice() throws IOException {
    Path folder = shared.resolve("no-device");
    Map<String, byte[]> files = files(shared.resolve("stopped"));
    files.remove(CHECKSUMS_FILE);
    String text = new String(files.get("identity.json"), StandardCharsets.UTF_8);
    String other = text.replace("\"device\"", "\"devise\"");
    assertTrue(!other.equals(text), text);
    files.put("identity.json", other.getBytes(StandardCharsets.UTF_8));
    write(folder, files);
    command(folder, "resume", folder.toString());
  }

  /** What a file of weights says beside them, by which its images are normalized. */
  @ParameterizedTest
  @ValueSource(strings = {"mean 0.", "\"round\":\"", "\"layout\":\"", "\"model\":\""})
  void weightsThatSayOtherThingsAreWrittenAgain(String words) throws IOException {
    String name = "weights-zowarmup-seed1.safetensors";
    Path folder = shared.resolve("says");
    Map<String, byte[]> files = files(shared.resolve("whole"));
    files.remove(CHECKSUMS_FILE);
    String text = new String(files.get(name), StandardCharsets.ISO_8859_1);
    int at = text.indexOf(words) + words.length();
    char other = text.charAt(at) == '4' ? '3' : '4';
    String changed = text.substring(0, at) + other + text.substring(at + 1);
    files.put(name, changed.getBytes(StandardCharsets.ISO_8859_1));
    write(folder, files);
    if (words.startsWith("mean")) {
      RealRun scored = command(folder, "evaluate", folder.resolve(name).toString());
      assertEquals(2, scored.code());
      assertTrue(scored.err().contains("normalize mean 0."), scored.err());
    }
    RealRun run = RealRun.main(() -> false, folder, "resume", folder.toString());
    assertEquals(0, run.code(), run.err());
    assertTrue(run.text("run.log").contains("; it is written again"), run.text("run.log"));
    assertArrayEquals(bytes(shared.resolve("whole").resolve(name)), bytes(folder.resolve(name)));
  }

  /** A file beside the run is made again or done without; the files that it goes by are not. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          probes.csv | resume | 0 | `` ; a%1%; method,seed,round,mean%zowarmup,1,2,x% ; \u00ff
          description.json | resume | 0 | null ; {} ; [] ; {"name":null,"methods":null,"seeds":[null]}
          summary.json | resume | 0 | null ; {} ; [1] ; {"results":[null]}
          confusion-zowarmup-seed1.json | resume | 0 | null ; {"matrix":[null]} ; {"classes":null,"matrix":5}
          provenance.json | resume | 0 | null ; []
          identity.json | resume | 2 | null ; [] ; {"classes":null} ; {"layout":{}}
          identity.json | resume | 2 | {"layout":"x","data":"y","processor":"z"} ; {"classes":"3"}
          identity.json | replay | 2 | null ; {} ; {"input":"8x8","classes":"3"} ; {"input":"8x8x1","classes":"-3"} ; {"input":null}
          identity.json | export | 2 | {} ; {"input":"99999999999x8x1","classes":"3"}
          probes.csv | report | 2 | a%1% ; method,seed,round,mean%zowarmup,1,2,x% ; method,seed,round,mean%zowarmup,1,2,3%
          description.json | report | -1 | null ; {} ; [] ; {"name":null,"methods":null,"seeds":[null]} ; {"schedule":null,"memory":null}
          summary.json | report | -1 | null ; {} ; [1] ; {"results":[null]} ; {"results":[{}]}
          confusion-zowarmup-seed1.json | report | -1 | null ; {"classes":["a"],"matrix":[[1,2],[3]]} ; {"matrix":[null]} ; {"classes":[],"matrix":[[1]]} ; {"classes":["a"],"matrix":[["x"]]}
          estimator-zowarmup-seed1.json | report | -1 | null ; {} ; [] ; {"estimates":[{}]}
          partition.csv | report | 2 | x%0,c ; x%0,hijk,1,2 ; a%0,high,1,2%1,low,3 ; a%0,high,1,-2 ; a%0,high,x
          extensions.json | report | -1 | null ; [null] ; {} ; [{}] ; [5] ; [{"method":"zowarmup","seed":1,"phase":null,"schedules":[null]}]
          extensions.json | resume | 2 | null ; [null] ; {} ; [{}] ; [5] ; [{"method":"zowarmup","seed":1,"phase":null,"schedules":[null]}]
          extensions.json | resume --discard | 0 | null ; [null] ; {} ; [{}] ; [5] ; [{"method":"zowarmup","seed":1,"phase":null,"schedules":[null]}]
          extensions.json | resume zo.rounds=6 --other-schedule | 2 | null ; [null] ; {} ; [{}] ; [5] ; [{"method":"zowarmup","seed":1,"phase":null,"schedules":[null]}]
          provenance.json | report | -1 | null ; [] ; {"command":5}
          """)
  void wrongTypes(String name, String command, int code, String contents) throws IOException {
    for (String content : contents.split(" ; ", -1)) {
      Path folder = shared.resolve("wrong");
      Map<String, byte[]> files = files(shared.resolve("whole"));
      files.remove(CHECKSUMS_FILE);
      files.put(name, content.replace('%', '\n').getBytes(StandardCharsets.ISO_8859_1));
      write(folder, files);
      List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
      words.add(1, folder.toString());
      switch (command) {
        case "replay" -> words.addAll(List.of("--force", "--out=" + shared.resolve("made")));
        case "export" ->
            words.addAll(List.of("--to=npz", "--force", "--out=" + shared.resolve("made")));
        case "report" -> words.add("--output=" + shared.resolve("page"));
        default -> {}
      }
      RealRun run = command(folder, words.toArray(String[]::new));
      assertTrue(code < 0 || run.code() == code, content + ": " + run.err());
    }
  }
}
