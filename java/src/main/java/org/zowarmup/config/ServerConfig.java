package org.zowarmup.config;

import java.util.Locale;
import org.zowarmup.plugin.Default;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;
import org.zowarmup.plugin.RecordCopy;

/** The server's use of a round's answers. */
public record ServerConfig(
    @Default("average") @Key("{}") Optimizer optimizer,
    @Default("0.01") @Key("step of adam and yogi") @Range(above = 0, max = 100) double lr,
    @Default("0.9")
        @Key("of momentum; first-moment decay of adam and yogi")
        @Range(min = 0, max = 0.9999)
        double momentum,
    @Default("0.99") @Key("second-moment decay of adam and yogi") @Range(min = 0, max = 0.999999)
        double beta2,
    @Default("1.0e-3") @Key("added to the root of the second moment") @Range(above = 0, max = 1)
        double tau,
    @Default("mean")
        @Key(
            "{}, by coordinate; of zo over the clients' scalars for a seed, where median and"
                + " trimmed-mean need ownSeeds: false")
        Aggregate aggregate,
    @Default("0.1")
        @Key("part that trimmed-mean leaves out at either end")
        @Range(min = 0, max = 0.49)
        double trim) {
  /** Plain federated averaging. */
  public static final ServerConfig PLAIN =
      new ServerConfig(Optimizer.AVERAGE, 0.01, 0.9, 0.99, 1e-3, Aggregate.MEAN, 0.1);

  /** Use of the mean change: as the step, or the pseudo-gradient of an optimizer. */
  public enum Optimizer {
    @Key("the mean is the step")
    AVERAGE,
    @Key("FedAvgM")
    MOMENTUM,
    @Key("FedAdam")
    ADAM,
    @Key("FedYogi")
    YOGI;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The middle of the clients' answers. */
  public enum Aggregate {
    MEAN,
    MEDIAN,
    TRIMMED_MEAN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** The same with another optimizer. */
  public ServerConfig withOptimizer(Optimizer other) {
    return RecordCopy.with(this, "optimizer", other);
  }
}
