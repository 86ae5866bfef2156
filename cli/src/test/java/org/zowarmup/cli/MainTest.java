package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.JavaProcess;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Devices;
import org.zowarmup.error.DeviceUnavailableException;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.MetricsWriter;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunListener.PhaseInfo;
import org.zowarmup.record.RunResult;
import org.zowarmup.record.Summary;
import org.zowarmup.run.Trainer;

class MainTest {
  /** Fits y = 3 x by gradient descent, one step a round: small, but it trains and writes. */
  static final class LineFit implements Trainer {
    List<String> commandLine = List.of();

    @Override
    public RunResult run(
        RunConfig config,
        Existing existingOrNull,
        List<String> words,
        RunListener listener,
        BooleanSupplier stopRequested) {
      commandLine = List.copyOf(words);
      RunFolder folder = RunFolder.create(config.name(), config.output(), Instant.now());
      listener.started(ProgressTest.description());
      int rounds = config.warmup().rounds();
      PhaseInfo phase = new PhaseInfo("zowarmup", config.seed(), "warmup", 1, rounds, 0);
      listener.phaseStarted(phase);
      double w = 0;
      int round = 0;
      try (MetricsWriter metrics = new MetricsWriter(folder, "")) {
        while (round < rounds && !stopRequested.getAsBoolean()) {
          round++;
          w -= config.warmup().lr() * 2 * (w - 3);
          RoundMetrics one =
              new RoundMetrics(
                  "zowarmup",
                  config.seed(),
                  round,
                  "warmup",
                  (w - 3) * (w - 3),
                  new RoundMetrics.Scores(
                      null, round == rounds ? (Double) (w / 3) : null, null, null),
                  new Traffic(4, 0, 4, 0),
                  Work.ZERO,
                  0);
          metrics.roundFinished(one);
          listener.roundFinished(one);
        }
      }
      listener.phaseFinished(phase);
      MethodResult method =
          new MethodResult(
              "zowarmup",
              config.seed(),
              null,
              w / 3,
              (w - 3) * (w - 3),
              null,
              new Traffic(4L * round, 0, 4L * round, 0),
              Work.ZERO,
              0,
              round,
              rounds,
              false);
      RunResult result = new RunResult(folder.path(), List.of(method), round < rounds, 5, 45);
      Summary.write(folder.summary(), result, null, List.of());
      listener.finished(result);
      return result;
    }
  }

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final LineFit lineFit = new LineFit();
  private Trainer trainer = lineFit;
  private BooleanSupplier stop = () -> false;
  private String config;

  @BeforeEach
  void writeConfig() throws IOException {
    Path file = folder.resolve("run.yaml");
    Files.writeString(file, "data: {source: fashion-mnist-mini}\n", StandardCharsets.UTF_8);
    config = file.toString();
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return new Main(
            () -> trainer,
            () -> List.of(new Devices.Line("cpu", true, "oneDNN")),
            signals -> stop,
            new PrintWriter(out),
            new PrintWriter(err))
        .run(arguments);
  }

  private void assertFails(String message, String... arguments) {
    int code = run(arguments);
    assertEquals("zowarmup: " + message + "\n", err.toString());
    assertEquals("", out.toString());
    assertEquals(2, code);
  }

  @Test
  void trainRunsAndShowsItsResult() throws IOException {
    Path output = folder.resolve("out");
    assertEquals(0, run("train", config, "warmup.rounds=13", "warmup.lr=1e-1", "output=" + output));
    // 1 - 0.8^13 = 0.945024
    assertTrue(
        out.toString().contains("ZOWarmUp\n     1              -    94.50 %\n"), out.toString());
    assertTrue(out.toString().endsWith("Run folder: " + output + "\n"), out.toString());
    assertEquals(14, Files.readAllLines(output.resolve("metrics.csv")).size());
    assertEquals(
        List.of(
            "zowarmup", "train", config, "warmup.rounds=13", "warmup.lr=1e-1", "output=" + output),
        lineFit.commandLine);
  }

  @Test
  void aStoppedRunShowsWhatThereIs() {
    int[] asked = new int[1];
    stop = () -> ++asked[0] > 7;
    Path output = folder.resolve("out");
    assertEquals(75, run("train", config, "output=" + output));
    assertTrue(out.toString().contains("was stopped after 7 of 30 rounds"), out.toString());
  }

  @Test
  void badInputEndsWithOneLineAndExitCodeTwo() throws IOException {
    assertFails(
        "zo.epsilon: expected a number above 0, at most 1.0, found 2.0",
        "train",
        config,
        "zo.epsilon=2");
    assertFails(
        "evaluate.every: unknown key. Keys of evaluate: everyRounds, batch, precision, maxImages,"
            + " diagnostics, clients, clientsEveryRounds, best, patience",
        "train",
        config,
        "evaluate.every=2");
    assertFails(
        "zo.rounds: expected key=value with a dotted key, such as zo.epsilon=1e-3; found no '='",
        "train",
        config,
        "zo.rounds");
    Path none = folder.resolve("none.yaml");
    assertFails(
        "config file "
            + none
            + ": expected a YAML file, found no such file (working folder "
            + Path.of("").toAbsolutePath()
            + ")",
        "train",
        none.toString());
    Path broken = Files.writeString(folder.resolve("broken.yaml"), "zo: [\n");
    assertFails(
        "bad data in "
            + broken
            + ", line 1, column 6: expected YAML, found a syntax error:"
            + " expected the node content, but found '<stream end>'",
        "train",
        broken.toString());
    assertFails(
        "output: expected a folder that does not exist yet or is empty, found "
            + folder
            + "; give another name, or continue a run in it with --resume-if-exists",
        "train",
        config,
        "output=" + folder);
    trainer =
        (run, existing, words, listener, stopRequested) -> {
          throw new DeviceUnavailableException("device tpu:\n  no such device");
        };
    assertFails("device tpu: no such device", "train", config, "device=tpu");
  }

  @Test
  void wordsThatMakeNoCommandEndWithAHint() {
    assertFails("Missing required parameter: 'CONFIG'; see zowarmup train --help", "train");
    assertFails(
        "Unknown option: '--sede=3'; see zowarmup train --help", "train", config, "--sede=3");
    assertFails(
        "Unmatched argument at index 0: 'trian'; did you mean train? See zowarmup --help", "trian");
    assertFails("Unmatched argument at index 1: 'x'; see zowarmup devices --help", "devices", "x");
  }

  @Test
  void withoutACommandTheHelpIsShown() {
    assertEquals(2, run());
    assertTrue(err.toString().contains("Usage: zowarmup"), err.toString());
  }

  @Test
  void aBugIsSaidToBeOne() {
    trainer =
        (run, existing, words, listener, stopRequested) -> {
          throw new IllegalStateException("row 13\nof 7");
        };
    assertEquals(1, run("train", config));
    assertEquals(
        "zowarmup: java.lang.IllegalStateException: row 13 of 7; this is a bug; run again with"
            + " --debug for the stack trace\n",
        err.toString());
    assertEquals(1, run("train", config, "--debug"));
    assertTrue(err.toString().startsWith("java.lang.IllegalStateException: row 13"));
    assertTrue(err.toString().contains("\tat org.zowarmup.cli.MainTest"), err.toString());
    assertTrue(
        err.toString()
            .endsWith("zowarmup: java.lang.IllegalStateException: row 13 of 7; this is a bug\n"));
    assertEquals(2, run("--debug", "train", config, "sed=1"));
    assertTrue(err.toString().startsWith("org.zowarmup.error.ConfigException: sed: unknown key"));
  }

  @Test
  void anErrorOfTheMachineIsNoStackTraceEither() {
    trainer =
        (run, existing, words, listener, stopRequested) -> {
          throw new OutOfMemoryError("Java heap space");
        };
    assertFails(
        "out of memory (Java heap space); lower threads, evaluate.batch, warmup.batch or the size"
            + " of the model, or raise Java's own limit, for example with"
            + " ZOWARMUP_JAVA_OPTS=-Xmx4g",
        "train",
        config);
    trainer =
        (run, existing, words, listener, stopRequested) -> {
          throw new NoClassDefFoundError("org/x/Y");
        };
    assertEquals(1, run("train", config));
    assertEquals(
        "zowarmup: java.lang.NoClassDefFoundError: org/x/Y; this is a bug; run again with --debug"
            + " for the stack trace\n",
        err.toString());
  }

  @Test
  void helpVersionAndDevices() {
    assertEquals(0, run("--help"));
    String help = out.toString();
    for (String part :
        List.of("train", "devices", "--debug", "--version", "configs/quickstart.yaml")) {
      assertTrue(help.contains(part), help);
    }
    assertEquals(0, run("train", "--help"));
    assertTrue(out.toString().contains("[KEY=VALUE...]"), out.toString());
    assertEquals(0, run("--version"));
    assertTrue(out.toString().startsWith("zowarmup "), out.toString());
    assertEquals(0, run("devices"));
    assertTrue(out.toString().contains("cpu      yes         oneDNN"), out.toString());
    List<String> wide = new ArrayList<>(help.lines().filter(line -> line.length() > 100).toList());
    assertEquals(List.of(), wide);
  }

  /** Under mpirun what is no work for ranks is done and told once. */
  @Test
  void theFirstOfALaunchersProcessesAloneDoesOtherCommands() throws Exception {
    for (int rank = 0; rank < 2; rank++) {
      ProcessBuilder builder =
          new ProcessBuilder(
              JavaProcess.command(
                  Main.class,
                  List.of(
                      "-Dorg.bytedeco.javacpp.maxBytes=0",
                      "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"),
                  List.of("config", "--schema")));
      builder.environment().put("OMPI_COMM_WORLD_SIZE", "2");
      builder.environment().put("OMPI_COMM_WORLD_RANK", String.valueOf(rank));
      builder.environment().put("OMPI_COMM_WORLD_LOCAL_RANK", String.valueOf(rank));
      Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor());
      assertEquals(rank > 0, out.isEmpty(), out);
    }
  }
}
