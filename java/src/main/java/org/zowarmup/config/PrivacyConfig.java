package org.zowarmup.config;

import org.zowarmup.plugin.Default;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/** Differential privacy of the clients, by clipping and Gaussian noise, in both phases. */
public record PrivacyConfig(
    @Default("0")
        @Key("limit of the L2 norm of a client's change of the weights in phase 1; {}; 0: off")
        @Range(min = 0, max = 1e6)
        double clipChange,
    @Default("1.0")
        @Key("standard deviation of the noise on the sum of the changes, over clipChange")
        @Range(min = 0, max = 1e6)
        double changeNoise,
    @Default("0")
        @Key("limit of the L2 norm of a client's scalars of a round in phase 2; {}; 0: off")
        @Range(min = 0, max = 1e6)
        double clipScalars,
    @Default("1.0")
        @Key(
            "standard deviation of the noise on their sum (own seeds: on each client's), over"
                + " clipScalars")
        @Range(min = 0, max = 1e6)
        double scalarNoise,
    @Default("1.0e-5") @Key("of the reported (epsilon, delta)") @Range(min = 1e-30, max = 0.5)
        double delta) {
  /** No privacy. */
  public static final PrivacyConfig NONE = new PrivacyConfig(0, 1, 0, 1, 1e-5);

  /** True where phase 1 is private. */
  public boolean ofChanges() {
    return clipChange > 0;
  }

  /** True where phase 2 is private. */
  public boolean ofScalars() {
    return clipScalars > 0;
  }
}
