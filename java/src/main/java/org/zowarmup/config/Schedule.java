package org.zowarmup.config;

import java.util.List;
import java.util.Locale;
import org.zowarmup.plugin.Key;

/** A factor from 1 downwards over the rounds of a phase. */
public enum Schedule {
  CONSTANT {
    @Override
    public double factor(int roundOfPhase, int rounds) {
      return 1;
    }
  },
  /** Half a cosine from 1 to 0. */
  @Key("to 0")
  COSINE {
    @Override
    public double factor(int roundOfPhase, int rounds) {
      // StrictMath: the same bits on every machine
      return 0.5 * (1 + StrictMath.cos(Math.PI * roundOfPhase / rounds));
    }
  },
  /** A tenth from the middle on, a hundredth from three quarters on (He et al. 2016). */
  @Key("a tenth from the middle, a hundredth from three quarters")
  STEP {
    @Override
    public double factor(int roundOfPhase, int rounds) {
      double done = (double) roundOfPhase / rounds;
      return done < 0.5 ? 1 : done < 0.75 ? 0.1 : 0.01;
    }
  };

  /**
   * @param roundOfPhase from 0
   * @param rounds of the phase, at least 1
   */
  public abstract double factor(int roundOfPhase, int rounds);

  /** The key with this value; nothing where it is the same in all rounds. */
  public List<String> of(String key) {
    return this == CONSTANT ? List.of() : List.of(key + "=" + this);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
