package org.zowarmup.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.zowarmup.error.ConfigException;

/** Runs this package's benchmarks under JMH. */
final class BenchmarkRun {
  /** Image buffers lie outside the heap, without a limit. */
  private static final String[] JVM_ARGUMENTS = {
    "-Dorg.bytedeco.javacpp.maxBytes=0", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"
  };

  private static final List<String> METHODS =
      List.of("probe", "trainStep", "perturbPair", "accumulateSeeds", "weightedSum");

  /** Both batches of a model side by side; JMH's own order has the models in turn. */
  private static final Comparator<Measured> ORDER =
      Comparator.comparing((Measured m) -> METHODS.indexOf(m.method()))
          .thenComparing(Measured::model)
          .thenComparing(Measured::batch);

  private BenchmarkRun() {}

  /**
   * Length and number of the measurements.
   *
   * @param forks virtual machines started one after the other for each benchmark; 0 measures in
   *     this one, which only a test should want
   * @param warmups iterations before the first that counts
   * @param iterations that count
   * @param millis of one iteration, of either kind; at least one operation is always run
   */
  record Effort(int forks, int warmups, int iterations, long millis) {
    static final Effort QUICK = new Effort(1, 2, 5, 500);
    static final Effort FULL = new Effort(1, 3, 10, 2000);
  }

  /**
   * Measures, and writes JMH's own JSON.
   *
   * @param only regular expression that a benchmark's full name must contain
   * @param models kinds of models
   * @param json receives every iteration of every benchmark, once all is done; its folder is made
   * @param progress receives a line a benchmark
   * @throws ConfigException when no benchmark has such a name
   * @throws RunnerException when one of them failed
   */
  static List<Measured> run(
      Effort effort, String only, List<String> models, Path json, PrintStream progress)
      throws RunnerException, IOException {
    models.forEach(BenchModel::of);
    Path folder = Files.createDirectories(json.toAbsolutePath().getParent());
    // JMH empties its file at the start: what an earlier run found must outlive a failing one.
    Path unfinished = folder.resolve("." + json.getFileName() + ".unfinished");
    TimeValue time = TimeValue.milliseconds(effort.millis());
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(only)
            .param("model", models.toArray(String[]::new))
            .forks(effort.forks())
            .warmupIterations(effort.warmups())
            .warmupTime(time)
            .measurementIterations(effort.iterations())
            .measurementTime(time)
            .jvmArgsAppend(JVM_ARGUMENTS)
            .shouldFailOnError(true)
            .resultFormat(ResultFormatType.JSON)
            .result(unfinished.toString());
    try {
      Collection<RunResult> results =
          new Runner(options.build(), new ProgressLines(progress)).run();
      Files.move(unfinished, json, StandardCopyOption.REPLACE_EXISTING);
      return results.stream().map(Measured::of).sorted(ORDER).toList();
    } catch (NoBenchmarksException e) {
      throw new ConfigException(
          "--only", "expected an expression that matches a benchmark's name, found " + only);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }
}
