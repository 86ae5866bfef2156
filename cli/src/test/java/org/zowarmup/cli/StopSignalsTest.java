package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.JavaProcess;
import org.zowarmup.run.Trainer;

/** Signals reach whole processes, so these tests start some. */
@Timeout(60)
class StopSignalsTest {
  /** The program with a trainer whose rounds take as long as its first argument says. */
  static final class Program {
    public static void main(String[] arguments) {
      long roundMillis = Long.parseLong(arguments[0]);
      Trainer trainer = new MainTest.LineFit();
      Main main =
          new Main(
              () ->
                  (config, existing, words, listener, stop) ->
                      trainer.run(
                          config,
                          existing,
                          words,
                          listener,
                          () -> {
                            System.out.println("round");
                            pause(roundMillis);
                            return stop.getAsBoolean();
                          }),
              List::of,
              new StopSignals(System.err)::listen,
              new PrintWriter(System.out, true, StandardCharsets.UTF_8),
              new PrintWriter(System.err, true, StandardCharsets.UTF_8));
      int code = main.run(List.of(arguments).subList(1, arguments.length).toArray(String[]::new));
      System.exit(code);
    }

    private static void pause(long millis) {
      try {
        TimeUnit.MILLISECONDS.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @TempDir Path folder;

  /**
   * A process that a script starts in the background ignores SIGINT, one that nohup starts SIGHUP,
   * and so do their children.
   */
  private static void assumeNotIgnored(int signal) throws IOException {
    String ignored =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElse("SigIgn: 0");
    long set = Long.parseUnsignedLong(ignored.substring(7).strip(), 16);
    assumeTrue((set >> (signal - 1) & 1) == 0, "skipped: signal " + signal + " is ignored here");
  }

  @Test
  void aTerminalThatIsClosedLeavesWhatThereIs() throws IOException, InterruptedException {
    assumeNotIgnored(1);
    assertEndsCleanly("HUP", 75);
  }

  @Test
  void sigusr2OfTwoAtOnceToo() throws IOException, InterruptedException {
    assumeNotIgnored(1);
    Process process = start(Map.of("_JAVA_SR_SIGNUM", "62"), 20, "checkpoint.signals=[HUP,USR2]");
    BufferedReader out = awaitRounds(process);
    // as a batch system sends it to a job's shell, which hands it on, and to its steps
    signal(process, "USR2");
    signal(process, "HUP");
    out.lines().forEach(line -> {});
    assertEquals(75, process.waitFor(), Files.readString(folder.resolve("err")));
    String err = Files.readString(folder.resolve("err"));
    assertEquals(1, err.split(": stopping; ", -1).length - 1, err);
  }

  @Test
  void sigusr2IsRefusedWhereJavaKeepsIt() throws IOException, InterruptedException {
    Process process = start(20, "checkpoint.signals=[USR2]");
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    assertEquals(2, process.exitValue());
    assertTrue(
        Files.readString(folder.resolve("err"))
            .contains("checkpoint.signals: expected no USR2, which this Java keeps to itself"));
  }

  @Test
  void aSignalThatIsNotListedEndsAtOnce() throws IOException, InterruptedException {
    Process process = start(20, "checkpoint.signals=[USR1]");
    awaitRounds(process);
    signal(process, "TERM");
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    assertEquals(143, process.exitValue());
    assertFalse(Files.exists(folder.resolve("out/summary.json")));
  }

  @Test
  void aClockStopsItToo() throws IOException, InterruptedException {
    Process process = start(20, "--max-time", "1s");
    awaitRounds(process).lines().forEach(line -> {});
    assertEquals(75, process.waitFor(), Files.readString(folder.resolve("err")));
    assertTrue(Files.exists(folder.resolve("out/summary.json")));
  }

  private Process start(long roundMillis, String... words) throws IOException {
    return start(Map.of(), roundMillis, words);
  }

  private Process start(Map<String, String> environment, long roundMillis, String... words)
      throws IOException {
    Path config = folder.resolve("run.yaml");
    Files.writeString(config, "data: {source: x}\nwarmup: {rounds: 100000}\n");
    List<String> all = new ArrayList<>();
    all.addAll(List.of(String.valueOf(roundMillis), "train", config.toString()));
    all.add("output=" + folder.resolve("out"));
    all.addAll(List.of(words));
    List<String> command = JavaProcess.command(Program.class, List.of(), all);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(folder.resolve("err").toFile());
    builder.environment().remove("_JAVA_SR_SIGNUM");
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** Waits until rounds run, so that the signal meets a run under way. */
  private static BufferedReader awaitRounds(Process process) throws IOException {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    while (line != null && !line.equals("round")) {
      line = out.readLine();
    }
    assertEquals("round", line);
    return out;
  }

  private static void signal(Process process, String name)
      throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
        .inheritIO()
        .start()
        .waitFor();
  }

  private void assertEndsCleanly(String signal, int code) throws IOException, InterruptedException {
    Process process = start(20);
    BufferedReader out = awaitRounds(process);
    signal(process, signal);
    List<String> rest = out.lines().filter(line -> !line.equals("round")).toList();
    assertEquals(code, process.waitFor(), Files.readString(folder.resolve("err")));
    assertEquals("Run folder: " + folder.resolve("out"), rest.get(rest.size() - 2));
    assertEquals(
        "Stopped before its end; to continue: zowarmup resume " + folder.resolve("out"),
        rest.get(rest.size() - 1));
    assertTrue(rest.stream().anyMatch(line -> line.contains("was stopped after")), rest.toString());
    assertTrue(Files.exists(folder.resolve("out/summary.json")));
    assertTrue(
        Files.readString(folder.resolve("err"))
            .contains("zowarmup: SIG" + signal + ": stopping; whole rounds are kept"));
  }

  @Test
  void sigtermWritesWhatThereIs() throws IOException, InterruptedException {
    assertEndsCleanly("TERM", 75);
  }

  @Test
  void ctrlCWritesWhatThereIs() throws IOException, InterruptedException {
    assumeNotIgnored(2);
    assertEndsCleanly("INT", 75);
  }

  @Test
  void aSecondSignalEndsAtOnce() throws IOException, InterruptedException {
    Process process = start(50_000);
    awaitRounds(process);
    signal(process, "TERM");
    while (!Files.readString(folder.resolve("err")).contains("stopping; whole rounds are kept")) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    assertTrue(process.isAlive());
    TimeUnit.MILLISECONDS.sleep(600); // what comes within half a second is the same one
    signal(process, "TERM");
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    assertEquals(143, process.exitValue());
    assertFalse(Files.exists(folder.resolve("out/summary.json")));
  }
}
