package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.JavaProcess;
import org.zowarmup.cli.Main;
import org.zowarmup.random.PhiloxRandom;
import org.zowarmup.record.RunFolder;

/**
 * Real processes, killed with SIGKILL at random moments and started again until the run is done,
 * end with the same metrics and weights as one that was left alone. For a stress test give the
 * number of kills, and the seed of a run to repeat:
 *
 * <pre>mvn test -pl cli -am -Dtest=KillTest -Dsurefire.failIfNoSpecifiedTests=false -Dkills=100
 * </pre>
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class KillTest {
  private static final int KILLS = Integer.getInteger("kills", 4);
  private static final long SEED = Long.getLong("killSeed", System.nanoTime());

  @TempDir static Path shared;
  private static Path config;
  private static RealRun whole;

  @BeforeAll
  static void runWhole() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 8, 3);
    config =
        Files.writeString(
            shared.resolve("kill.yaml"),
            """
            name: kill
            seed: 7
            repeats: 2
            device: cpu
            threads: 1
            data: {source: image-folder, path: "%s", validation: 0.25}
            clients: {count: 3, high: 0.67}
            model: {kind: cnn, channels: [4]}
            warmup: {rounds: 30, cohort: 2, localEpochs: 1, batch: 4}
            zo: {rounds: 60, cohort: 2, seeds: 2, batch: 2}
            evaluate: {everyRounds: 4, batch: 4}
            checkpoint: {everyRounds: 2}
            """
                .formatted(images));
    whole = RealRun.good(config, shared.resolve("whole"));
  }

  private static List<String> command(Path folder) {
    return JavaProcess.command(
        Main.class,
        List.of(),
        List.of("train", config.toString(), "output=" + folder, "--resume-if-exists"));
  }

  private static Process start(Path folder) throws IOException {
    return new ProcessBuilder(command(folder))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolveSibling("log").toFile()))
        .start();
  }

  private static long bytes(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  /** Waits until rounds are written, half of the time; the other half may hit the start. */
  private static boolean killed(Path folder, PhiloxRandom random) throws Exception {
    Process process = start(folder);
    Path metrics = folder.resolve("metrics.jsonl");
    long before = bytes(metrics);
    if (random.nextBoolean()) {
      while (process.isAlive() && bytes(metrics) <= before) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }
    boolean ended = process.waitFor(random.nextInt(600), TimeUnit.MILLISECONDS);
    process.destroyForcibly().waitFor();
    assertTrue(
        !ended || process.exitValue() == 0,
        () -> "exit code " + process.exitValue() + ", killSeed " + SEED + ": " + log(folder));
    return !ended;
  }

  private static String log(Path folder) {
    try {
      return Files.readString(folder.resolveSibling("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void aRunThatIsKilledAgainAndAgainEndsTheSame() throws Exception {
    System.out.printf("KillTest: %d kills, -DkillSeed=%d%n", KILLS, SEED);
    PhiloxRandom random = new PhiloxRandom(SEED);
    int kills = 0;
    int runs = 0;
    while (kills < KILLS) {
      Path folder = Files.createDirectories(shared.resolve("run" + runs++)).resolve("run");
      int before = kills;
      while (kills < KILLS && killed(folder, random)) {
        kills++;
      }
      Process last = start(folder);
      assertEquals(0, last.waitFor(), () -> log(folder));
      RealRun found = new RealRun(0, "", "", folder);
      ResumeTest.assertSame(whole, found, "killSeed " + SEED + ": " + log(folder));
      ResumeTest.assertSameDiagnostics(whole, found, "killSeed " + SEED);
      System.out.printf(
          "KillTest: run %d was killed %d times and ended the same%n", runs, kills - before);
    }
  }

  /**
   * A limit on the size of files takes the place of a full disk: writing fails in the same place.
   */
  @Test
  void aFullDiskEndsTheRunWithItsLastCheckpointKept() throws Exception {
    Path folder = Files.createDirectories(shared.resolve("full")).resolve("run");
    List<String> limited =
        new ArrayList<>(List.of("bash", "-c", "ulimit -f 32; exec \"$@\"", "bash"));
    limited.addAll(command(folder));
    Process process =
        new ProcessBuilder(limited)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolveSibling("log").toFile())
            .start();
    assertEquals(2, process.waitFor(), () -> log(folder));
    String line =
        log(folder).lines().filter(l -> l.startsWith("zowarmup: cannot write")).findFirst().get();
    assertTrue(line.contains("the checkpoint of round "), line);
    assertTrue(line.endsWith("zowarmup resume " + folder), line);
    Process last = start(folder);
    assertEquals(0, last.waitFor(), () -> log(folder));
    ResumeTest.assertSame(whole, new RealRun(0, "", "", folder), log(folder));
  }

  /** Native libraries are unpacked at a program's first start, which a full disk may meet. */
  @Test
  void aFullDiskUnderTheNativeLibrariesIsNamed() throws Exception {
    Path cache = shared.resolve("native-cache");
    Path folder = Files.createDirectories(shared.resolve("unpacked")).resolve("run");
    List<String> options = List.of("-Dorg.bytedeco.javacpp.cachedir=" + cache);
    List<String> words = List.of("train", config.toString(), "output=" + folder);
    List<String> full = new ArrayList<>(List.of("bash", "-c", "ulimit -f 40; exec \"$@\"", "bash"));
    full.addAll(JavaProcess.command(Main.class, options, words));
    Path log = folder.resolveSibling("log");
    ProcessBuilder limited =
        new ProcessBuilder(full).redirectErrorStream(true).redirectOutput(log.toFile());
    assertEquals(2, limited.start().waitFor(), () -> log(folder));
    assertTrue(log(folder).contains("zowarmup: native libraries: expected room"), log(folder));
    assertTrue(log(folder).contains(cache.toString()), log(folder));
    // and what was left half unpacked is not taken later
    ProcessBuilder free =
        new ProcessBuilder(JavaProcess.command(Main.class, options, List.of("devices")))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    assertEquals(0, free.start().waitFor(), () -> log(folder));
  }

  @Test
  void aRunFolderThatVanishesEndsTheRun() throws IOException {
    Path folder = shared.resolve("vanishing");
    Path moved = shared.resolve("moved");
    int[] asked = new int[1];
    RealRun run =
        RealRun.train(
            () -> {
              if (++asked[0] == 200) {
                try {
                  Files.move(folder, moved);
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              }
              return false;
            },
            config,
            folder);
    assertEquals(2, run.code());
    assertTrue(run.err().contains("zowarmup: cannot write " + folder), run.err());
    assertTrue(run.err().contains("is kept, continue from it with"), run.err());
    RealRun again = RealRun.main(() -> false, moved, "resume", moved.toString());
    ResumeTest.assertSame(whole, again, "moved");
  }

  @Test
  void aClockThatJumpsIsToldOnce() throws IOException {
    RunFolder folder = new RunFolder(Files.createDirectories(shared.resolve("clock")));
    long[] clocks = new long[2];
    List<String> warnings = new ArrayList<>();
    RunGuard guard =
        new RunGuard(folder, () -> clocks[0], () -> clocks[1], warnings::add, () -> {});
    for (int second = 1; second < 10; second++) {
      clocks[0] += 2_000_000_000L;
      clocks[1] += second == 5 ? -3_598_000L : 2_000;
      guard.roundFinished(null);
    }
    assertEquals(1, warnings.size());
    assertTrue(warnings.get(0).contains("jumped by -3600 s"), warnings.get(0));
  }
}
