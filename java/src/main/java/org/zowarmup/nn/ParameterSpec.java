package org.zowarmup.nn;

import java.util.List;

/**
 * A parameter tensor before it has a place in a layout.
 *
 * @param suffix last part of its name, {@code weight} or {@code bias}
 * @param shape extents as stored: OHWI for convolutions, [out, in] for linear layers
 * @param initialization how PyTorch would draw it
 * @param torch how the stored order becomes PyTorch's
 * @param precision what a device may compute it in
 */
public record ParameterSpec(
    String suffix,
    List<Integer> shape,
    Initialization initialization,
    TorchOrder torch,
    Precision precision) {
  public ParameterSpec {
    shape = List.copyOf(shape);
  }

  /** A tensor of a user's layer, which computes in fp32. */
  public ParameterSpec(
      String suffix, List<Integer> shape, Initialization initialization, TorchOrder torch) {
    this(suffix, shape, initialization, torch, Precision.FP32);
  }

  /** The weight of a convolution or a linear layer. */
  public static ParameterSpec matrix(
      String suffix, List<Integer> shape, Initialization initialization, TorchOrder torch) {
    return new ParameterSpec(suffix, shape, initialization, torch, Precision.REDUCIBLE);
  }

  /** A vector of one value a channel or feature: the same in both orders, always fp32. */
  public static ParameterSpec vector(String suffix, int size, Initialization initialization) {
    return new ParameterSpec(suffix, List.of(size), initialization, TorchOrder.SAME);
  }

  /** The gain, 1 at the start, and the bias, 0, of a norm. */
  public static List<ParameterSpec> gainAndBias(int channels) {
    return List.of(
        vector("weight", channels, new Initialization.Constant(1)),
        vector("bias", channels, new Initialization.Constant(0)));
  }

  ParameterSpec inFp32() {
    return new ParameterSpec(suffix, shape, initialization, torch, Precision.FP32);
  }

  /**
   * The precision that a parameter may be computed in when a phase runs below fp32. The masters,
   * the perturbation and the update are fp32 for every parameter; this says which tensors a device
   * may round on their way into a matrix product. A gain of 1.0 in bf16 does not see a step of
   * 1e-3, and noise in the logits is of the size of a probe's signal: hence FP32 for all that is
   * cheap.
   */
  public enum Precision {
    /** Weights of convolutions and linear layers, except the classifier's. */
    REDUCIBLE,
    /** Gains and biases of norms, every bias, class token and positions, the classifier. */
    FP32
  }

  /** The distribution that a parameter tensor is drawn from at the start of a run. */
  public sealed interface Initialization {
    /** Every element the same value. */
    record Constant(float value) implements Initialization {}

    /** Uniform in (-bound, bound). */
    record Uniform(double bound) implements Initialization {}

    /** Normal with mean 0, as PyTorch's {@code trunc_normal_} without draws outside (-2, 2). */
    record TruncatedNormal(double deviation) implements Initialization {
      /** PyTorch's default bound, which is not a multiple of the deviation. */
      public static final double BOUND = 2;
    }

    /**
     * PyTorch's default for the weights and the bias of convolutions and linear layers:
     * kaiming_uniform with a = sqrt(5), whose bound is sqrt(3) * sqrt(2 / (1 + 5)) / sqrt(fanIn) =
     * 1 / sqrt(fanIn); the bias has the same bound.
     */
    static Initialization torchDefault(int fanIn) {
      return new Uniform(1.0 / Math.sqrt(fanIn));
    }
  }
}
