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
    ParameterPrecision precision) {
  public ParameterSpec {
    shape = List.copyOf(shape);
  }

  /** A tensor of a user's layer, which computes in fp32. */
  public ParameterSpec(
      String suffix, List<Integer> shape, Initialization initialization, TorchOrder torch) {
    this(suffix, shape, initialization, torch, ParameterPrecision.FP32);
  }

  /** The weight of a convolution or a linear layer. */
  public static ParameterSpec matrix(
      String suffix, List<Integer> shape, Initialization initialization, TorchOrder torch) {
    return new ParameterSpec(suffix, shape, initialization, torch, ParameterPrecision.REDUCIBLE);
  }

  /** A vector of one value a channel or feature: the same in both orders, always fp32. */
  public static ParameterSpec vector(String suffix, int size, Initialization initialization) {
    return new ParameterSpec(suffix, List.of(size), initialization, TorchOrder.SAME);
  }

  ParameterSpec inFp32() {
    return new ParameterSpec(suffix, shape, initialization, torch, ParameterPrecision.FP32);
  }
}
