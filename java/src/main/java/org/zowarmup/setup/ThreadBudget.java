package org.zowarmup.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.zowarmup.error.ConfigException;

/** The number of CPU threads that a run may use. */
public final class ThreadBudget {
  private static final String SLURM = "SLURM_CPUS_PER_TASK";

  private ThreadBudget() {}

  /**
   * The config's number, else what the batch system gives a task, else what the operating system
   * and its control groups allow this process.
   *
   * @param configured null where the config leaves it open
   */
  public static int threads(Integer configured) {
    return threads(configured, System.getenv(), Runtime.getRuntime().availableProcessors());
  }

  /** Processors of this machine, whether or not this process may use them. */
  static int processors() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      long found = lines.filter(line -> line.startsWith("processor")).count();
      return Math.max((int) found, Runtime.getRuntime().availableProcessors());
    } catch (IOException e) {
      return Runtime.getRuntime().availableProcessors();
    }
  }

  static int threads(Integer configured, Map<String, String> environment, int available) {
    if (configured != null) {
      return configured;
    }
    String slurm = environment.get(SLURM);
    if (slurm == null || slurm.isBlank()) {
      return available;
    }
    try {
      int given = Integer.parseInt(slurm.strip());
      if (given >= 1) {
        // a job step may be bound to fewer cores than the task was given
        return Math.min(given, available);
      }
    } catch (NumberFormatException e) {
      // reported below, with the value
    }
    throw new ConfigException(
        "threads",
        "expected the environment variable "
            + SLURM
            + " to be a whole number above 0, found "
            + slurm
            + "; fix it or set threads in the config");
  }
}
