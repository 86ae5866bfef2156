package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.JavaProcess;
import org.zowarmup.cli.Main;
import org.zowarmup.random.PhiloxRandom;

/**
 * The whole program on several ranks, started by the mpirun of each MPI that is installed, leaves
 * what it leaves on one: rounds, weights and logs to the bit; stopped, killed and resumed on
 * another number of ranks, too. For a stress test:
 *
 * <pre>
 * mvn test -pl cli -am -Dtest=RanksRunTest -Dsurefire.failIfNoSpecifiedTests=false -Drank.kills=20
 * </pre>
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class RanksRunTest {
  private static final int KILLS = Integer.getInteger("rank.kills", 1);
  private static final long SEED = Long.getLong("rank.killSeed", System.nanoTime());

  @TempDir static Path shared;
  private static Path config;
  private static RealRun whole;

  /** Methods of every kind: the pivot by itself, sub-networks, a median, noise, shared seeds. */
  @BeforeAll
  static void runWhole() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 8, 3);
    config =
        Files.writeString(
            shared.resolve("ranks.yaml"),
            """
            name: ranks
            seed: 7
            repeats: 2
            device: cpu
            threads: 1
            data: {source: image-folder, path: "%s", validation: 0.25}
            clients: {count: 5, high: 0.6}
            model: {kind: cnn, channels: [4]}
            warmup: {rounds: 4, cohort: 3, localEpochs: 1, batch: 4}
            zo: {rounds: 12, cohort: 4, seeds: 2, batch: 2, server: {optimizer: momentum}}
            faults: {dropout: 0.1, corrupt: 0.1, onBadAnswer: refuse, maxScalar: 50}
            evaluate: {everyRounds: 4, batch: 4}
            checkpoint: {everyRounds: 2}
            methods: [zowarmup, zowarmup-auto, high-res-only, heterofl]
            """
                .formatted(images));
    whole = RealRun.good(config, shared.resolve("whole"));
  }

  private static List<String> command(String launcher, int ranks, List<String> words) {
    boolean there =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, launcher)));
    assumeTrue(there, "skipped: no " + launcher + " on the path");
    List<String> command = new ArrayList<>(List.of(launcher));
    if (launcher.endsWith("openmpi")) {
      command.addAll(List.of("--oversubscribe", "--bind-to", "none"));
    }
    command.addAll(List.of("-n", String.valueOf(ranks)));
    command.addAll(rank(words));
    return command;
  }

  private static List<String> rank(List<String> words) {
    return JavaProcess.command(Main.class, List.of("-Xmx256m"), words);
  }

  private static List<String> train(Path folder) {
    return List.of(
        "train", config.toString(), "output=" + folder, "--resume-if-exists", "--progress=none");
  }

  private static Process start(Path log, List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    // mpirun of Open MPI keeps its own files in TMPDIR, so Java's is given by Java's own variable
    Path temporary = temporary(log);
    builder.environment().put("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary);
    builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT", "1");
    builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    return builder.start();
  }

  private static Path folder(String name) throws IOException {
    return Files.createDirectories(shared.resolve(name)).resolve("run");
  }

  private static void assertWhole(Path folder, String log) throws IOException {
    ResumeTest.assertSame(whole, new RealRun(0, "", "", folder), log);
    ResumeTest.assertSameDiagnostics(whole, new RealRun(0, "", "", folder), log);
    for (String file : whole.files("(weights|seeds|confusion)-.*")) {
      assertArrayEquals(
          Files.readAllBytes(whole.folder().resolve(file)),
          Files.readAllBytes(folder.resolve(file)),
          () -> file + ": " + log);
    }
  }

  /** What ranks above the first have of their own, below the temporary folder. */
  private static List<Path> ownFolders(Path folder) throws IOException {
    try (Stream<Path> left = Files.list(temporary(folder))) {
      return left.filter(path -> path.getFileName().toString().startsWith("zowarmup-rank"))
          .toList();
    }
  }

  private static Path temporary(Path folder) throws IOException {
    return Files.createDirectories(folder.resolveSibling("temporary"));
  }

  @ParameterizedTest
  @CsvSource({"mpirun.openmpi,2", "mpirun.openmpi,4", "mpirun.mpich,3"})
  void anyNumberOfRanksLeavesWhatOneDoes(String launcher, int ranks) throws Exception {
    Path folder = folder(launcher + ranks);
    Path log = folder.resolveSibling("log");
    Process process = start(log, command(launcher, ranks, train(folder)));
    assertEquals(0, process.waitFor(), () -> read(log));
    assertWhole(folder, read(log));
    assertEquals(List.of(), ownFolders(folder));
    String shown = read(log);
    for (int r = 0; r < ranks; r++) {
      assertTrue(shown.contains(r + " " + host()) || shown.contains(r + "  " + host()), shown);
    }
    assertEquals(shown.indexOf("run folder"), shown.lastIndexOf("run folder"), shown);
    // a round of the warm-up has at most 3 clients
    String idle = "ranks: some ranks wait while others work";
    assertEquals(shown.indexOf(idle), shown.lastIndexOf(idle), shown);
    assertTrue(ranks < 4 || shown.contains("3 jobs on 4 " + idle), shown);
  }

  private static String host() {
    return org.zowarmup.executor.ranks.Ranks.host();
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Those of the processes below the launcher that run the program. */
  private static List<ProcessHandle> ranksOf(Process launcher) {
    return launcher
        .descendants()
        .filter(process -> process.info().command().orElse("").endsWith("java"))
        .toList();
  }

  private static void awaitRounds(Process process, Path folder) throws Exception {
    Path metrics = folder.resolve("metrics.jsonl");
    while (process.isAlive() && (!Files.exists(metrics) || Files.size(metrics) == 0)) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  /** SIGTERM at one rank that is not the first; then the rest on another number of ranks. */
  @Test
  void aStopOfOneRankStopsAllWithACheckpointAndTheRunEndsOnAnotherNumber() throws Exception {
    Path folder = folder("stopped");
    Path log = folder.resolveSibling("log");
    Process process = start(log, command("mpirun.openmpi", 3, train(folder)));
    awaitRounds(process, folder);
    List<ProcessHandle> ranks = ranksOf(process);
    assertTrue(process.isAlive() && ranks.size() == 3, () -> read(log));
    ranks.get(ranks.size() - 1).destroy();
    assertEquals(75, process.waitFor(), () -> read(log));
    assertTrue(read(log).contains("Stopped before its end"), () -> read(log));
    Process rest = start(log, command("mpirun.openmpi", 2, train(folder)));
    assertEquals(0, rest.waitFor(), () -> read(log));
    assertWhole(folder, read(log));
    assertEquals(List.of(), ownFolders(folder));
  }

  /**
   * SIGTERM, or Ctrl-C, reaches the launcher, not mpirun, which would end its ranks a second later;
   * whichever signals the run itself listens to.
   */
  @ParameterizedTest
  @CsvSource({"mpirun.openmpi,'[TERM,INT]'", "mpirun.mpich,[HUP]"})
  void aSignalToTheLauncherOfRanksEndsThemWithACheckpoint(String mpirun, String signals)
      throws Exception {
    Path folder = folder("launcher-" + mpirun);
    Path log = folder.resolveSibling("log");
    Path program = program(mpirun);
    List<String> words = new ArrayList<>(List.of("env", "TMPDIR=" + temporary(folder)));
    words.add("PATH=" + program.resolveSibling("bin") + ":" + System.getenv("PATH"));
    words.add("ZOWARMUP_JAVA_OPTS=-Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    words.add(program.toString());
    words.addAll(train(folder));
    words.addAll(
        List.of("--ranks", "2", "methods=[zo-only]", "warmup.rounds=0", "zo.rounds=1000000"));
    words.addAll(List.of("zo.lr=1e-9", "faults.dropout=0", "faults.corrupt=0")); // without an end
    words.add("checkpoint.signals=" + signals);
    Process process = start(log, words);
    awaitRounds(process, folder);
    assertTrue(process.isAlive(), () -> read(log));
    signal(process.toHandle(), "TERM"); // of INT and HUP a parent may want to know nothing
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly(); // else its ranks would never end
    assertTrue(ended, () -> read(log));
    assertEquals(75, process.waitFor(), () -> read(log));
    assertTrue(read(log).contains("zowarmup: stopping after the job at hand"), () -> read(log));
    assertTrue(read(log).contains("Stopped before its end"), () -> read(log));
    assertFalse(read(log).contains("non-zero"), () -> "mpirun's own remark: " + read(log));
    try (Stream<Path> files = Files.walk(folder)) {
      assertTrue(files.anyMatch(f -> f.getParent().endsWith("checkpoints")), () -> read(log));
    }
    try (Stream<Path> left = Files.list(temporary(folder))) {
      assertEquals(
          List.of(), left.filter(path -> path.toString().contains("zowarmup-ranks")).toList());
    }
  }

  /** The launcher in a release whose Java and classes are this one's, beside an mpirun. */
  private static Path program(String mpirun) throws IOException {
    command(mpirun, 1, List.of()); // skipped where there is none
    Path root = Files.createDirectories(shared.resolve("program of " + mpirun));
    for (String part : List.of("jre/bin", "lib", "native", "bin")) {
      Files.createDirectories(root.resolve(part));
    }
    Path launcher = Files.copy(Path.of("../zowarmup"), root.resolve("zowarmup"));
    Path java = Path.of(System.getProperty("java.home"));
    Files.createSymbolicLink(root.resolve("jre/bin/java"), java.resolve("bin/java"));
    Files.copy(java.resolve("release"), root.resolve("jre/release"));
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(
            Attributes.Name.CLASS_PATH,
            Stream.of(System.getProperty("java.class.path").split(":", -1))
                .map(part -> Path.of(part).toUri().toString())
                .collect(Collectors.joining(" ")));
    Path jar = root.resolve("lib/classes.jar");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    Path named = root.resolve("bin/mpirun");
    Files.writeString(named, "#!/bin/sh\nexec " + mpirun + " \"$@\"\n");
    for (Path executable : List.of(launcher, named)) {
      Files.setPosixFilePermissions(executable, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return launcher;
  }

  /** The first rank, which speaks, last of all; Open MPI's SIGTERM meets it where another died. */
  @Test
  void aRankThatIsKilledLeavesTheFolderAndTheNewestCheckpointAsTheLastWord() throws Exception {
    Path folder = folder("word");
    Path log = folder.resolveSibling("log");
    Process process = start(log, command("mpirun.openmpi", 2, train(folder)));
    awaitRounds(process, folder);
    ProcessHandle second = rankOf(process, 1);
    second.destroyForcibly();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> read(log));
    assertOnlyWord(
        "zowarmup: SIGTERM: stopping after the job at hand, .*; newest checkpoint so far:"
            + " (round \\d+ of [a-z-]+ seed \\d+|none yet) in .*; to continue: zowarmup resume "
            + folder,
        log);
  }

  @Test
  void aRankThatHangsIsNamedWithTheFolderAndTheNewestCheckpoint() throws Exception {
    Path folder = folder("hung");
    Path log = folder.resolveSibling("log");
    List<String> command = command("mpirun.openmpi", 2, train(folder));
    command.addAll(1, List.of("-x", "ZOWARMUP_RANKS_PATIENCE=5"));
    Process process = start(log, command);
    awaitRounds(process, folder);
    signal(rankOf(process, 1), "STOP");
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), () -> read(log));
    assertOnlyWord(
        "zowarmup: rank 0 of 2 on .*: rank 1 of 2 did not come to exchange .*; newest checkpoint so"
            + " far: (round \\d+ of .*|none yet) in .*; to continue: zowarmup resume "
            + folder,
        log);
  }

  /** Of all ranks, one line of the program. */
  private static void assertOnlyWord(String pattern, Path log) {
    List<String> said = read(log).lines().filter(line -> line.startsWith("zowarmup:")).toList();
    assertEquals(1, said.size(), () -> read(log));
    assertTrue(said.get(0).matches(pattern), () -> read(log));
  }

  private static void signal(ProcessHandle process, String name) throws Exception {
    List<String> command = List.of("kill", "-" + name, String.valueOf(process.pid()));
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
  }

  /** By what the launcher told it, which other processes of this user may read. */
  private static ProcessHandle rankOf(Process launcher, int rank) throws IOException {
    for (ProcessHandle process : ranksOf(launcher)) {
      String environment = Files.readString(Path.of("/proc/" + process.pid() + "/environ"));
      if (("\0" + environment).contains("\0OMPI_COMM_WORLD_RANK=" + rank + "\0")) {
        return process;
      }
    }
    throw new AssertionError("no rank " + rank);
  }

  @Test
  void aRankThatIsKilledEndsAllAndTheRunEndsTheSameOnAnotherNumber() throws Exception {
    System.out.printf("RanksRunTest: %d kills, -Drank.killSeed=%d%n", KILLS, SEED);
    PhiloxRandom random = new PhiloxRandom(SEED);
    int kills = 0;
    for (int run = 0; kills < KILLS; run++) {
      Path folder = folder("killed" + run);
      Path log = folder.resolveSibling("log");
      boolean ended = false;
      while (kills < KILLS && !ended) {
        Process process =
            start(log, command("mpirun.openmpi", 1 + random.nextInt(3), train(folder)));
        if (random.nextInt(4) > 0) {
          awaitRounds(process, folder);
        }
        ended = process.waitFor(random.nextInt(800), TimeUnit.MILLISECONDS);
        List<ProcessHandle> ranks = ranksOf(process);
        if (!ended && !ranks.isEmpty()) {
          ranks.get(random.nextInt(ranks.size())).destroyForcibly();
          assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> "some go on: " + read(log));
          kills++;
        } else {
          process.waitFor();
        }
      }
      Process last = start(log, command("mpirun.openmpi", 1 + random.nextInt(3), train(folder)));
      assertEquals(0, last.waitFor(), () -> "rank.killSeed " + SEED + ": " + read(log));
      assertWhole(folder, "rank.killSeed " + SEED + ": " + read(log));
    }
  }

  @Test
  void ranksOfDifferentConfigsAreRefusedOnceWithTheRankAndTheKey() throws Exception {
    Path folder = folder("different");
    Path log = folder.resolveSibling("log");
    List<String> command = command("mpirun.openmpi", 1, train(folder));
    List<String> other = new ArrayList<>(List.of("train", config.toString(), "zo.epsilon=0.25"));
    other.add("output=" + folder);
    command.addAll(List.of(":", "-n", "1"));
    command.addAll(rank(other));
    assertEquals(2, start(log, command).waitFor(), () -> read(log));
    List<String> lines = read(log).lines().filter(line -> line.startsWith("zowarmup:")).toList();
    assertEquals(1, lines.size(), () -> read(log));
    assertTrue(lines.get(0).contains("rank 1 of 2 on "), lines.get(0));
    assertTrue(lines.get(0).contains("zo.epsilon: 0.001 and 0.25"), lines.get(0));
    // made for its lock alone, so it is as free as before
    try (Stream<Path> made = Files.list(folder)) {
      assertEquals(List.of(), made.filter(file -> !file.endsWith(".lock")).toList());
    }
  }
}
