package org.zowarmup.record;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;

/**
 * summary.json: every result, the paired differences between the methods, and mean and deviation
 * over the seeds. Accuracies are fractions, deviations those of a sample; null is what was not
 * measured.
 *
 * @param interrupted true where a stop ended the run
 * @param failure what ended the run before its time, null where nothing did
 * @param peakMemoryBytes the most that one of its processes had resident at once, null where
 *     unknown
 * @param extensions what it meant that the run was made longer
 * @param warnings why results are not what was meant, for example a loss that exploded
 */
public record Summary(
    boolean interrupted,
    String failure,
    int highClients,
    int lowClients,
    Long peakMemoryBytes,
    List<MethodResult> results,
    List<Paired> paired,
    List<Mean> methods,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Extension> extensions,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> warnings) {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String PEAK = "VmHWM:";

  /** The differences of two methods, seed by seed. */
  record Paired(
      String method,
      String against,
      List<Difference> differences,
      @JsonUnwrapped MeanAndDeviation spread) {}

  record Difference(long seed, double difference) {}

  /** Final test accuracy of a method. */
  record Mean(String method, @JsonUnwrapped MeanAndDeviation accuracy) {}

  public Summary {
    results = results == null ? List.of() : List.copyOf(results);
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
  }

  /** True where all was run that the config asked for. */
  public boolean finished() {
    return failure == null && !interrupted;
  }

  /** The results as those of a run in this folder. */
  public RunResult result(Path folder) {
    return new RunResult(folder, results, interrupted, highClients, lowClients);
  }

  /**
   * Writes the file.
   *
   * @param failureOrNull what ended the run before its time
   * @param warnings why its results are not what was meant, a line each
   */
  public static void write(Path file, RunResult run, String failureOrNull, List<String> warnings) {
    Json.write(
        file,
        new Summary(
            run.interrupted(),
            failureOrNull,
            run.highClients(),
            run.lowClients(),
            peakMemory(file),
            run.results(),
            Comparison.ofAll(run).stream().map(Summary::paired).toList(),
            run.methods().stream().map(method -> mean(run, method)).toList(),
            Extension.read(new RunFolder(run.folder())),
            warnings));
  }

  /** The most that this process or one before it that has written the file has needed. */
  private static Long peakMemory(Path file) {
    Long now = peakBytes();
    try {
      Long before = Files.exists(file) ? read(file).peakMemoryBytes : null;
      return now == null || before == null ? now : (Long) Math.max(now, before);
    } catch (UserErrorException e) {
      return now; // torn, and about to be written anew
    }
  }

  /**
   * The most bytes that were resident at once, Java's heap and native memory together (VmHWM, Linux
   * proc(5)); null on other systems.
   */
  private static Long peakBytes() {
    try {
      for (String line : Files.readAllLines(STATUS, StandardCharsets.ISO_8859_1)) {
        if (line.startsWith(PEAK)) {
          return 1024 * Long.parseLong(line.substring(PEAK.length()).replace("kB", "").strip());
        }
      }
      return null;
    } catch (IOException | NumberFormatException e) {
      return null;
    }
  }

  private static Paired paired(Comparison comparison) {
    return new Paired(
        comparison.method(),
        comparison.against(),
        comparison.pairs().stream()
            .map(pair -> new Difference(pair.seed(), pair.difference()))
            .toList(),
        comparison.spread());
  }

  private static Mean mean(RunResult run, String method) {
    return new Mean(
        method,
        MeanAndDeviation.of(
            run.results().stream()
                .filter(result -> result.method().equals(method) && result.complete())
                .map(MethodResult::testAccuracy)
                .toList()));
  }

  private static Summary read(Path file) {
    Summary summary = Json.read(file, Summary.class, "the JSON of a run's summary");
    for (MethodResult result : summary.results) {
      if (result.method() == null) {
        throw new BadDataException(file, "", "results with the name of a method", "one without");
      }
    }
    return summary;
  }

  /** The summary of a run folder, empty where there is none yet. */
  public static Optional<Summary> find(Path folder) {
    RunFolder run = new RunFolder(folder);
    run.requireFiles();
    Optional<Summary> summary = unchecked(run);
    if (summary.isPresent() && Files.exists(run.metricsJsonl())) {
      summary.get().check(run, MetricsHistory.read(run));
    }
    return summary;
  }

  /**
   * The same, not yet compared with the rounds: they are to be read after it, since a run writes it
   * last.
   */
  public static Optional<Summary> unchecked(RunFolder run) {
    return Files.exists(run.summary()) ? Optional.of(read(run.summary())) : Optional.empty();
  }

  /**
   * Refuses a summary that is not what the run wrote.
   *
   * @param history rounds of the same run, read after it
   */
  public void check(RunFolder run, MetricsHistory history) {
    compare(run.summary(), history);
    Checksums.read(run).require(run.summary(), ", or let zowarmup resume write it again");
  }

  /** A result is its last row. */
  private void compare(Path file, MetricsHistory history) {
    for (MethodResult result : results) {
      List<RoundMetrics> rows = history.of(result.method(), result.seed());
      Double measured =
          rows.size() < result.roundsDone() || result.roundsDone() < 1
              ? null
              : rows.get(result.roundsDone() - 1).testAccuracy();
      if (result.complete() && (measured == null || measured != result.testAccuracy())) {
        throw new BadDataException(
            file,
            "%s seed %d".formatted(result.method(), result.seed()),
            "the test accuracy %s of round %d in metrics.jsonl"
                .formatted(measured, result.roundsDone()),
            Double.toString(result.testAccuracy()));
      }
    }
  }
}
