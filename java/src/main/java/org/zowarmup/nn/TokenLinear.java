package org.zowarmup.nn;

import java.util.List;

/**
 * A linear layer on the channels of every pixel or token: y [tokens, out] = x [tokens, in] W^T + b
 * with W [out, in].
 *
 * @param outFeatures number of outputs of a token
 */
public record TokenLinear(int outFeatures) implements Layer {
  public TokenLinear {
    if (outFeatures < 1) {
      throw new IllegalArgumentException(
          "token linear: outputs " + outFeatures + " must be at least 1");
    }
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    Shape in = inputs.get(0);
    return new Shape(in.height(), in.width(), outFeatures);
  }

  @Override
  public List<ParameterSpec> parameters(List<Shape> inputs) {
    return Linear.parameters(inputs.get(0).channels(), outFeatures, TorchOrder.SAME);
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return 2L * output.elements() * inputs.get(0).channels();
  }
}
