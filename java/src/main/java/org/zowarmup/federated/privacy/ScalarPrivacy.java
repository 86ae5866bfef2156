package org.zowarmup.federated.privacy;

import org.zowarmup.config.PrivacyConfig;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Clipping and noise for the scalars of a zeroth-order round (DPZero's idea for one scalar; Zhang
 * et al. 2024, arXiv 2310.09639): the scalars that a client sends in a round are clipped together,
 * by their L2 norm, to C. Where clients share seeds only the sum of their scalars is seen, so it
 * gets the noise; where they own their seeds each client's scalars are seen, and each gets it.
 */
public final class ScalarPrivacy {
  private final PrivacyConfig config;
  private final long runSeed;

  public ScalarPrivacy(PrivacyConfig config, long runSeed) {
    this.config = config;
    this.runSeed = runSeed;
  }

  public boolean on() {
    return config.ofScalars();
  }

  /** The scalars, shortened where their norm is above C. */
  public float[] clipped(float[] scalars) {
    double squares = 0;
    for (float g : scalars) {
      squares += (double) g * g;
    }
    double norm = Math.sqrt(squares);
    if (!on() || norm <= config.clipScalars()) {
      return scalars;
    }
    float[] shorter = new float[scalars.length];
    for (int i = 0; i < shorter.length; i++) {
      shorter[i] = (float) (scalars[i] * (config.clipScalars() / norm));
    }
    return shorter;
  }

  /**
   * Noise of a round, of standard deviation scalarNoise times C.
   *
   * @param owner the client, or {@link NamedRandom#NONE} for that of the sum
   */
  public float[] noise(int round, int owner, int count) {
    float[] noise = new float[count];
    long seed = NamedRandom.key(runSeed, Purpose.PRIVACY_NOISE, round, owner, 0);
    Distribution.GAUSSIAN.fill(seed, 0, noise);
    double deviation = config.scalarNoise() * config.clipScalars();
    for (int i = 0; i < count; i++) {
      noise[i] = (float) (noise[i] * deviation);
    }
    return noise;
  }
}
