package org.zowarmup.nn;

/** How a parameter tensor is drawn at the start of a run. */
public sealed interface Initialization {
  /** Every element the same value. */
  record Constant(float value) implements Initialization {}

  /** Uniform in (-bound, bound). */
  record Uniform(double bound) implements Initialization {}

  /** Normal with mean 0, as PyTorch's {@code trunc_normal_} without draws outside (-2, 2). */
  record TruncatedNormal(double deviation) implements Initialization {
    /** PyTorch's default bound, which is no multiple of the deviation. */
    public static final double BOUND = 2;
  }

  /**
   * PyTorch's default for the weights and the bias of convolutions and linear layers:
   * kaiming_uniform with a = sqrt(5), whose bound is sqrt(3) * sqrt(2 / (1 + 5)) / sqrt(fanIn) = 1
   * / sqrt(fanIn); the bias has the same bound.
   */
  static Initialization torchDefault(int fanIn) {
    return new Uniform(1.0 / Math.sqrt(fanIn));
  }
}
