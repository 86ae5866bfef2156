package org.zowarmup.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.error.ConfigException;

/** The threads that a run takes on a desk, in a container and in a batch job. */
class ThreadBudgetTest {
  private static Map<String, String> slurm(String value) {
    return Map.of("SLURM_CPUS_PER_TASK", value, "SLURM_CPUS_ON_NODE", "96", "OMP_NUM_THREADS", "5");
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "13, 13", "128, 128"})
  void allThatTheSystemAllows(int available, int threads) {
    assertEquals(threads, ThreadBudget.threads(null, Map.of(), available));
    assertEquals(threads, ThreadBudget.threads(null, slurm(""), available));
    assertEquals(threads, ThreadBudget.threads(null, slurm("  "), available));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 64, 1",
    "8, 64, 8",
    "64, 64, 64",
    "' 8 ', 64, 8",
    // a step that is bound to fewer cores than its task was given
    "8, 2, 2",
    "2147483647, 13, 13",
  })
  void whatTheBatchSystemGives(String given, int available, int threads) {
    assertEquals(threads, ThreadBudget.threads(null, slurm(given), available));
  }

  /** A number that the config names holds, whatever the machine. */
  @ParameterizedTest
  @CsvSource({"1, 8, 64", "128, 8, 2", "3, nonsense, 2"})
  void theConfigGoesFirst(int configured, String given, int available) {
    assertEquals(configured, ThreadBudget.threads(configured, slurm(given), available));
    assertEquals(configured, ThreadBudget.threads(configured, Map.of(), available));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "many", "2.5", "4(x2)", "2147483648", "0x4", "1 2"})
  void whatIsNoNumberOfThreads(String given) {
    ConfigException error =
        assertThrows(ConfigException.class, () -> ThreadBudget.threads(null, slurm(given), 64));
    assertEquals("threads", error.path());
    assertEquals(
        "threads: expected the environment variable SLURM_CPUS_PER_TASK to be a whole number above"
            + " 0, found "
            + given
            + "; fix it or set threads in the config",
        error.getMessage());
  }

  @Test
  void thisMachineHasSome() {
    assertEquals(3, ThreadBudget.threads(3));
  }
}
