package org.zowarmup.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;

/**
 * The memory of a probe and of a training step, planned and measured; a process for every row.
 * Prints a table and writes memory.txt to the folder of results.
 */
public final class MemoryMain {
  private static final double MEGA = 1e6;
  private static final int CHILDREN = 3;

  private MemoryMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    String folder = System.getenv().getOrDefault("ZOWARMUP_BENCH_RESULTS", "bench/results");
    List<String> lines = new ArrayList<>();
    lines.add("Memory of a client's step on the cpu device, one thread; MB = 1,000,000 bytes");
    lines.add("");
    lines.addAll(Machine.here().lines(Double.NaN, Double.NaN).subList(0, 4));
    lines.add("");
    lines.add(
        "| model | step | batch | weights, copies | arena | planned | measured | beyond the plan"
            + " |");
    lines.add("|---|---|---:|---:|---:|---:|---:|---:|");
    lines.forEach(System.out::println);
    for (MemoryCase one : MemoryCase.all()) {
      String row = row(one);
      System.out.println(row);
      lines.add(row);
    }
    Files.write(Path.of(folder, "memory.txt"), lines, StandardCharsets.UTF_8);
  }

  private static String row(MemoryCase one) throws IOException, InterruptedException {
    Graph graph = one.graph();
    Plan plan = one.plan(graph);
    long arena = plan.arenaElements() * Float.BYTES;
    long planned = plan.clientBytes();
    long measured = measure(one);
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d | %s | %s | %s | %s | %s |",
        one.model(),
        one.training() ? "training" : "probe",
        one.batch(),
        megabytes(planned - arena),
        megabytes(arena),
        megabytes(planned),
        megabytes(measured),
        megabytes(measured - planned));
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, Math.abs(bytes) < 10 * MEGA ? "%.2f" : "%.1f", bytes / MEGA);
  }

  /** The median of a few processes: the virtual machine's own memory is never quite the same. */
  private static long measure(MemoryCase one) throws IOException, InterruptedException {
    long[] found = new long[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
      found[i] = child(one);
    }
    java.util.Arrays.sort(found);
    return found[CHILDREN / 2];
  }

  /** Growth of a process of its own, in which nothing that was freed before can be used again. */
  static long child(MemoryCase one) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    // the heap is resident from the start, and no thread of the compiler comes or goes
    command.addAll(List.of("-Xms768m", "-Xmx768m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"));
    command.addAll(List.of("-XX:-UseDynamicNumberOfCompilerThreads"));
    command.add("-Dorg.bytedeco.javacpp.maxBytes=0");
    command.add("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(MemoryChild.class.getName());
    command.add(one.model());
    command.add(Boolean.toString(one.training()));
    command.add(Integer.toString(one.batch()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException(one + ": its process ended with " + code);
    }
    return Long.parseLong(out.strip());
  }
}
