package org.zowarmup.bench;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.format.OutputFormat;

/** JMH's report while it runs, cut down to a line a benchmark; messages pass through. */
final class ProgressLines implements OutputFormat {
  private static final List<String> CHATTER = List.of("# Run", "# Fork:", "Benchmark result is");

  private final PrintStream out;

  ProgressLines(PrintStream out) {
    this.out = out;
  }

  @Override
  public void startBenchmark(BenchmarkParams params) {
    String name = params.getBenchmark();
    StringBuilder line = new StringBuilder("  " + name.substring(name.lastIndexOf('.') + 1));
    for (String key : params.getParamsKeys()) {
      line.append(' ').append(key).append('=').append(params.getParam(key));
    }
    out.print(line.append(" ... "));
    out.flush();
  }

  @Override
  public void endBenchmark(BenchmarkResult result) {
    if (result == null) {
      out.println("failed");
      return;
    }
    Measured measured = Measured.of(new RunResult(result.getParams(), List.of(result)));
    out.println(ResultTable.time(measured.median()) + ", " + measured.rate().text());
  }

  @Override
  public void iteration(BenchmarkParams params, IterationParams iteration, int number) {}

  @Override
  public void iterationResult(
      BenchmarkParams params, IterationParams iteration, int number, IterationResult result) {}

  @Override
  public void startRun() {}

  @Override
  public void endRun(Collection<RunResult> results) {}

  @Override
  public void print(String text) {
    out.print(text);
  }

  @Override
  public void println(String line) {
    // JMH talks in between of its forks and files; what went wrong is never said so.
    if (!line.isBlank() && CHATTER.stream().noneMatch(line::startsWith)) {
      out.println(line);
    }
  }

  @Override
  public void flush() {
    out.flush();
  }

  @Override
  public void close() {
    out.flush();
  }

  @Override
  public void verbosePrintln(String line) {}

  @Override
  public void write(int character) {
    out.write(character);
  }

  @Override
  public void write(byte[] text) {
    out.print(new String(text, StandardCharsets.UTF_8));
  }
}
