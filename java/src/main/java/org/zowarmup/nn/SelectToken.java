package org.zowarmup.nn;

import java.util.List;

/**
 * One token of a sample, as a flat vector: [1, tokens, C] to [1, 1, C].
 *
 * @param index from 0
 */
public record SelectToken(int index) implements Layer {
  public SelectToken {
    if (index < 0) {
      throw new IllegalArgumentException("select token: index " + index + " must be at least 0");
    }
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    Shape in = inputs.get(0);
    if (index >= in.pixels()) {
      throw new ShapeException(node, "at least " + (index + 1) + " tokens", in.pixels() + "");
    }
    return Shape.flat(in.channels());
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return 0;
  }
}
