package org.zowarmup.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.JavaProcess;
import org.zowarmup.executor.ranks.Launch;
import org.zowarmup.executor.ranks.MpiRanks;
import org.zowarmup.executor.ranks.Ranks;

/** Ranks over the libraries of MPI that are installed, each in a process of its own. */
@Timeout(120)
final class MpiRanksTest {
  private static final Map<String, List<String>> LAUNCHERS =
      Map.of(
          "mpirun.openmpi", List.of("--oversubscribe", "--bind-to", "none"),
          "mpirun.mpich", List.of());

  /** The output of a process, and how it ended. */
  private record Ended(int code, String output) {}

  /** One rank: {@code everything} computes, {@code hang} stops coming, {@code lost} is killed. */
  public static void main(String[] words) throws InterruptedException {
    try {
      MpiRanks ranks = MpiRanks.open(Launch.current());
      if (words[0].equals("hang") && ranks.rank() == 1) {
        Thread.sleep(60_000);
      }
      if (words[0].equals("lost") && ranks.rank() == 1) {
        Runtime.getRuntime().halt(9);
      }
      String all = RankExecutorTest.everything(ranks);
      System.out.println("rank " + ranks.rank() + ": " + all.hashCode());
      List<Long> ended = ranks.end(ranks.rank() * 10L, 10);
      System.out.println("ended " + ended + " after " + ranks.carrier());
      ranks.close();
    } catch (RuntimeException e) {
      // not closed before: MPI's own end waits for ranks that hang
      System.out.println("failed: " + e.getMessage());
      Runtime.getRuntime().halt(3);
    }
  }

  private static Ended launch(String launcher, int ranks, String what, String... environment)
      throws IOException, InterruptedException {
    boolean there =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, launcher)));
    assumeTrue(there, "skipped: no " + launcher + " on the path");
    List<String> words = new ArrayList<>(List.of(launcher));
    words.addAll(LAUNCHERS.get(launcher));
    words.addAll(List.of("-n", String.valueOf(ranks)));
    words.addAll(
        JavaProcess.command(MpiRanksTest.class, List.of("-Xmx256m", "-Xcheck:jni"), List.of(what)));
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT", "1");
    builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    for (String one : environment) {
      builder
          .environment()
          .put(one.substring(0, one.indexOf('=')), one.substring(one.indexOf('=') + 1));
    }
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }

  @ParameterizedTest
  @CsvSource({"mpirun.openmpi,2", "mpirun.openmpi,3", "mpirun.mpich,3"})
  void ranksOfProcessesHaveTheResultsOfOne(String launcher, int size) throws Exception {
    int alone = RankExecutorTest.everything(Ranks.one()).hashCode();
    Ended ended = launch(launcher, size, "everything");
    assertEquals(0, ended.code(), ended.output());
    for (int r = 0; r < size; r++) {
      assertTrue(ended.output().contains("rank " + r + ": " + alone), ended.output());
    }
    assertTrue(ended.output().contains("ended [0, 10"), ended.output());
    // the JVM's own handlers of SIGSEGV and the like are still in place
    assertTrue(!ended.output().contains("handler modified"), ended.output());
  }

  @ParameterizedTest
  @ValueSource(strings = {"mpirun.openmpi", "mpirun.mpich"})
  void aRankThatHangsIsNamedAndEndsAll(String launcher) throws Exception {
    Ended ended = launch(launcher, 3, "hang", "ZOWARMUP_RANKS_PATIENCE=1");
    assertTrue(ended.code() != 0, ended.output());
    assertTrue(
        ended.output().contains("rank 1 of 3 did not come to exchange 0 within 1 s"),
        ended.output());
  }

  /** The launcher sees to it: MPI itself may wait for ever. */
  @ParameterizedTest
  @ValueSource(strings = {"mpirun.openmpi", "mpirun.mpich"})
  void aRankThatIsLostEndsAll(String launcher) throws Exception {
    assertTrue(launch(launcher, 2, "lost").code() != 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mpirun.openmpi", "mpirun.mpich"})
  void theLibraryOfAnotherLauncherIsRefusedWithTheCure(String launcher) throws Exception {
    String other = launcher.endsWith("mpich") ? "libmpi.so.40" : "libmpich.so.12";
    Ended ended = launch(launcher, 2, "everything", "ZOWARMUP_MPI=" + other);
    assertTrue(ended.code() != 0, ended.output());
    assertTrue(ended.output().contains("expected the launcher of the same MPI"), ended.output());
  }

  /** Also where another library, or a shim that this user has made, would serve. */
  @ParameterizedTest
  @ValueSource(strings = {"libnone.so", "libm.so.6"})
  void aLibraryThatIsNamedAndIsNoneIsRefused(String named) throws Exception {
    Ended ended = launch("mpirun.openmpi", 2, "everything", "ZOWARMUP_MPI=" + named);
    assertTrue(ended.code() != 0, ended.output());
    String expected = "ZOWARMUP_MPI: expected a library of MPI, found " + named;
    assertTrue(ended.output().contains(expected), ended.output());
  }
}
