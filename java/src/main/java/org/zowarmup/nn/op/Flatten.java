package org.zowarmup.nn.op;

import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.Shape;

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

  @Override
  public void lower(Lowering.Place at) {
    at.passOn();
  }
}
