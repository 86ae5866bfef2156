package org.zowarmup.nn;

import java.util.List;

/** [H, W, C] to [1, 1, H*W*C] in stored order; moves nothing. */
public record Flatten() implements Layer {
  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    return Shape.flat(inputs.get(0).elements());
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return 0;
  }
}
