package org.zowarmup.nn;

import java.util.List;

/**
 * What one node of a {@link Graph} computes. The built-in layers are a closed set, so that every
 * device can promise to run all of them; {@link CustomLayer} is the one open door. No layer mixes
 * samples of a batch: that is what makes a masked tail exact, and why there is no batch
 * normalisation here.
 */
public sealed interface Layer
    permits Conv2d,
        GroupNorm,
        Relu,
        Add,
        Pool2d,
        Flatten,
        Linear,
        TokenEmbedding,
        TokenLinear,
        LayerNorm,
        Attention,
        Gelu,
        SelectToken,
        CustomLayer {
  /** How many inputs a node of this layer has. */
  default int arity() {
    return 1;
  }

  /**
   * The shape that comes out for the given inputs.
   *
   * @throws ShapeException naming the node, when the inputs do not fit
   */
  Shape outputShape(String node, List<Shape> inputs);

  /** The parameters a node owns, in the order in which they lie in the layout. */
  default List<ParameterSpec> parameters(List<Shape> inputs) {
    return List.of();
  }

  /** The full name of a parameter of the node; by default that of a PyTorch module's parameter. */
  default String parameterName(String node, ParameterSpec spec) {
    return node + "." + spec.suffix();
  }

  /** Floating-point operations of the forward pass of one sample; a multiply-add counts as two. */
  long flops(List<Shape> inputs, Shape output);
}
