package org.zowarmup.nn;

import java.util.List;

/** Element-wise sum of two activations: the join of a residual block. */
public record Add() implements Layer {
  @Override
  public int arity() {
    return 2;
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    if (!inputs.get(0).equals(inputs.get(1))) {
      throw new ShapeException(
          node, "two inputs of one shape", inputs.get(0) + " and " + inputs.get(1));
    }
    return inputs.get(0);
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return output.elements();
  }
}
