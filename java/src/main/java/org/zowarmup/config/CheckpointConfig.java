package org.zowarmup.config;

import java.util.List;
import org.zowarmup.error.Require;

/**
 * When a run saves itself, and what makes it stop with a checkpoint.
 *
 * @param everyRounds rounds between two checkpoints, null for none by rounds
 * @param everyMinutes minutes between two checkpoints, null for none by the clock
 * @param keep newest checkpoints of a method and seed that are kept
 * @param signals names of the signals that make the run save itself and end
 */
public record CheckpointConfig(
    Integer everyRounds, Double everyMinutes, int keep, List<String> signals) {
  private static final List<String> SIGNALS = List.of("TERM", "INT", "USR1");

  public CheckpointConfig {
    if (everyRounds != null) {
      Require.range("everyRounds", everyRounds, 1, 1_000_000);
    }
    if (everyMinutes != null) {
      Require.positive("everyMinutes", everyMinutes, 100_000);
    }
    Require.range("keep", keep, 1, 1000);
    signals = List.copyOf(signals);
    for (String signal : signals) {
      Require.oneOf("signals", signal, SIGNALS);
    }
  }
}
