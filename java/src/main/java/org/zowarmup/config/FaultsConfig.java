package org.zowarmup.config;

import java.util.Locale;
import org.zowarmup.plugin.Default;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/** Faults of a round's clients, and the server's response to them. */
public record FaultsConfig(
    @Default("0")
        @Key("chance that a client falls silent after it was called")
        @Range(min = 0, max = 0.999)
        double dropout,
    @Default("0.5")
        @Key("sigma of the log-normal time that a client needs, its median being 1")
        @Range(min = 0, max = 10)
        double latencySpread,
    @Default("0")
        @Key("times the median after which the server waits no longer; {}; 0: it waits for all")
        @Range(min = 0, max = 1_000_000)
        double deadline,
    @Default("0") @Key("chance that what a client sends is wrong") @Range(min = 0, max = 1)
        double corrupt,
    @Default("nan") @Key("what it then sends: {}") Corruption corruption,
    @Default("stop") @Key("at NaN, infinity or beyond a limit: {}") BadAnswer onBadAnswer,
    @Default("0") @Key("limit of a scalar's size; {}; 0: none") @Range(min = 0, max = 1e30)
        double maxScalar,
    @Default("0")
        @Key("limit of the L2 norm of a client's change of the weights; {}; 0: none")
        @Range(min = 0, max = 1e30)
        double maxChange) {
  /** Nothing goes wrong, and what is not finite ends the run. */
  public static final FaultsConfig NONE =
      new FaultsConfig(0, 0.5, 0, 0, Corruption.NAN, BadAnswer.STOP, 0, 0);

  /** Answers that a corrupting client sends. */
  public enum Corruption {
    NAN,
    @Key("a million times its answer")
    HUGE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The server's response to a bad answer. */
  public enum BadAnswer {
    @Key("end the run")
    STOP,
    @Key("leave it out, count it, continue")
    REFUSE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** True where a bad answer is left out rather than the end of the run. */
  public boolean refuses() {
    return onBadAnswer == BadAnswer.REFUSE;
  }
}
