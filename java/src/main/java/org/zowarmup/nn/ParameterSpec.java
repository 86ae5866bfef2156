package org.zowarmup.nn;

import java.util.List;

/**
 * A parameter tensor before it has a place in a layout.
 *
 * @param suffix last part of its name, {@code weight} or {@code bias}
 * @param shape extents as stored: OHWI for convolutions, [out, in] for linear layers
 * @param initialization how PyTorch would draw it
 * @param torch how the stored order becomes PyTorch's
 */
public record ParameterSpec(
    String suffix, List<Integer> shape, Initialization initialization, TorchOrder torch) {
  public ParameterSpec {
    shape = List.copyOf(shape);
  }

  /** A vector of one value a channel or feature: the same in both orders. */
  static ParameterSpec vector(String suffix, int size, Initialization initialization) {
    return new ParameterSpec(suffix, List.of(size), initialization, TorchOrder.SAME);
  }
}
