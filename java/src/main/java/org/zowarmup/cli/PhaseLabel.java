package org.zowarmup.cli;

import java.util.stream.Stream;
import org.zowarmup.record.PhaseInfo;
import org.zowarmup.record.RunDescription;

/** What stands in front of a line of progress: method, seed and phase. */
final class PhaseLabel {
  private PhaseLabel() {}

  static String of(PhaseInfo phase) {
    return label(phase.method(), phase.seed(), phase.phase());
  }

  /** Characters of the longest label of a run. */
  static int width(RunDescription run) {
    return run.methods().stream()
        .flatMap(
            method ->
                run.seeds().stream()
                    .flatMap(
                        seed ->
                            Stream.of("warmup", "zo")
                                .map(phase -> label(method, seed, phase).length())))
        .max(Integer::compare)
        .orElse(1);
  }

  private static String label(String method, long seed, String phase) {
    return Units.method(method) + " seed " + seed + " " + Units.phase(phase);
  }
}
