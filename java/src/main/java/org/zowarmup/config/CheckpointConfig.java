package org.zowarmup.config;

import java.util.List;
import org.zowarmup.plugin.Default;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/** When a run saves itself, and what makes it stop with a checkpoint; null: never by that rule. */
public record CheckpointConfig(
    @Default("25")
        @Key(
            "rounds between two checkpoints; {}; null: none by rounds; pivot and last round always"
                + " have one")
        @Range(min = 1, max = 1_000_000)
        Integer everyRounds,
    @Default("10")
        @Key(
            "minutes between two checkpoints, the first after one; {}; null: none by the clock;"
                + " whichever comes first")
        @Range(above = 0, max = 100_000)
        Double everyMinutes,
    @Default("2")
        @Key("newest checkpoints of each method and seed that are kept")
        @Range(min = 1, max = 1000)
        int keep,
    @Default("[TERM, INT, USR1, HUP]")
        @Key("signals on which the run saves itself and ends with exit code 75; some of {}, or []")
        List<Signal> signals) {
  /** A signal of POSIX. */
  public enum Signal {
    TERM(15),
    INT(2),
    USR1(10),
    USR2(12),
    HUP(1);

    private final int number;

    Signal(int number) {
      this.number = number;
    }

    public int number() {
      return number;
    }
  }

  public CheckpointConfig {
    signals = List.copyOf(signals);
  }
}
