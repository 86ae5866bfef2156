package org.zowarmup.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.RunnerException;
import org.zowarmup.bench.BenchmarkRun.Effort;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.UserErrorException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** Measures, writes {@code NAME.json} and {@code NAME.txt}, and prints the table. */
@Command(
    name = "bench/run",
    usageHelpWidth = 90,
    description = {
      "Measures probes, training steps and flat-vector operations on one thread of the CPU,",
      "prints a table, and writes it with every single iteration to the folder of results."
    })
public final class Main implements Callable<Integer> {
  private static final String ALL = ".*";
  private static final int EXIT_OK = 0;
  private static final int EXIT_BUG = 1;
  private static final int EXIT_USER_ERROR = 2;

  @Option(
      names = "--quick",
      description = "Fewer and shorter iterations: done in a minute or two, more noise.")
  private boolean quick;

  @Option(
      names = "--only",
      paramLabel = "REGEX",
      defaultValue = ALL,
      description = "Benchmarks whose name matches, for example Probe or VectorOps.")
  private String only;

  @Option(
      names = "--model",
      paramLabel = "KIND",
      split = ",",
      description = "cnn, resnet18 or both, which is the default.")
  private List<String> models = BenchModel.kinds();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "Name of the files that are written; default: quick or full, and selection where --only"
              + " or --model leaves benchmarks out.")
  private String name;

  @Option(
      names = "--results",
      paramLabel = "FOLDER",
      defaultValue = "${env:ZOWARMUP_BENCH_RESULTS:-bench/results}",
      description = "Folder of the files that are written; default: bench/results.")
  private Path results;

  @Override
  public Integer call() throws IOException, RunnerException, InterruptedException {
    String file = name == null ? defaultName() : name;
    if (!file.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new ConfigException("--name", "expected letters, digits and . _ -, found " + file);
    }
    Instant start = Instant.now();
    double before = ProcessorTime.usedByOthers();
    Machine machine = Machine.here();
    Effort effort = quick ? Effort.QUICK : Effort.FULL;
    List<Measured> measured =
        BenchmarkRun.run(effort, only, models, results.resolve(file + ".json"), System.err);
    List<String> lines = new ArrayList<>();
    lines.add(title(file, effort, start));
    lines.add("");
    lines.addAll(machine.lines(before, ProcessorTime.usedByOthers()));
    lines.add("");
    lines.addAll(ResultTable.lines(measured));
    Files.write(results.resolve(file + ".txt"), lines, StandardCharsets.UTF_8);
    lines.forEach(System.out::println);
    return EXIT_OK;
  }

  /** A part must not take the place of a recorded whole. */
  private String defaultName() {
    if (!only.equals(ALL) || !models.containsAll(BenchModel.kinds())) {
      return "selection";
    }
    return quick ? "quick" : "full";
  }

  private static String title(String name, Effort effort, Instant start) {
    return "%s, %s: one thread; %d fork, %d iterations of %.1f s after %d to warm up; took %d s"
        .formatted(
            name,
            LocalDate.ofInstant(start, ZoneOffset.UTC),
            effort.forks(),
            effort.iterations(),
            effort.millis() / 1e3,
            effort.warmups(),
            Duration.between(start, Instant.now()).toSeconds());
  }

  private static int report(Exception e) {
    if (e instanceof UserErrorException) {
      System.err.println("bench/run: " + e.getMessage());
      return EXIT_USER_ERROR;
    }
    if (e instanceof IOException) {
      System.err.println("bench/run: cannot write the results: " + e + "; see --results");
      return EXIT_USER_ERROR;
    }
    System.err.println("bench/run: " + e + "; this is a bug, see what was printed above");
    return EXIT_BUG;
  }

  /** With help, which needs no field of its own. */
  private static CommandSpec command() {
    CommandSpec command = CommandSpec.forAnnotatedObject(new Main());
    command.addOption(
        OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .description("Show this help and exit.")
            .build());
    return command;
  }

  public static void main(String[] arguments) {
    int code =
        new CommandLine(command())
            .setExpandAtFiles(false)
            .setParameterExceptionHandler(
                (e, words) -> {
                  System.err.println("bench/run: " + e.getMessage() + "; see bench/run --help");
                  return EXIT_USER_ERROR;
                })
            .setExecutionExceptionHandler((e, command, parsed) -> report(e))
            .execute(arguments);
    System.exit(code);
  }
}
