package org.zowarmup.record;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The result of a run.
 *
 * @param folder the run folder
 * @param results one for every seed and method that was started, in the order in which they ran
 * @param interrupted whether it was asked to stop before its end
 */
public record RunResult(
    Path folder, List<MethodResult> results, boolean interrupted, int highClients, int lowClients) {
  public RunResult {
    results = List.copyOf(results);
  }

  /** Methods in the order in which they were first run. */
  public List<String> methods() {
    return results.stream().map(MethodResult::method).distinct().toList();
  }

  /** Seeds in the order in which they were first run. */
  public List<Long> seeds() {
    return results.stream().map(MethodResult::seed).distinct().toList();
  }

  public Optional<MethodResult> find(String method, long seed) {
    return results.stream()
        .filter(result -> result.method().equals(method) && result.seed() == seed)
        .findFirst();
  }
}
