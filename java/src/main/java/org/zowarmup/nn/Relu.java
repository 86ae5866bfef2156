package org.zowarmup.nn;

import java.util.List;

/** max(x, 0). */
public record Relu() implements Layer {
  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    return inputs.get(0);
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return output.elements();
  }
}
