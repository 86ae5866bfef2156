package org.zowarmup.device.kernels;

import java.util.Random;

/** Numbers for cases, the same in every run. */
public final class Samples {
  private Samples() {}

  /** Normal deviates that are exact in the compute type. */
  public static float[] normal(long seed, int n, boolean bf16) {
    Random random = new Random(seed);
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      float v = (float) random.nextGaussian();
      out[i] = bf16 ? Bf16.round(v) : v;
    }
    return out;
  }

  public static float[] normal(long seed, int n) {
    return normal(seed, n, false);
  }

  public static double[] doubles(float[] v) {
    double[] out = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      out[i] = v[i];
    }
    return out;
  }

  /** n times NaN: what a kernel must overwrite. */
  public static float[] unset(int n) {
    float[] out = new float[n];
    java.util.Arrays.fill(out, Float.NaN);
    return out;
  }
}
