package org.zowarmup.nn;

import java.util.List;

/**
 * Multi-head self-attention (Vaswani et al. 2017, arXiv 1706.03762) between its two linear layers:
 * the input's 3 D channels are queries, keys and values, each [heads, D / heads], as timm's {@code
 * qkv} gives them; the output has D channels.
 *
 * @param heads divides D
 */
public record Attention(int heads) implements Layer {
  public Attention {
    if (heads < 1) {
      throw new IllegalArgumentException("attention: heads " + heads + " must be at least 1");
    }
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    Shape in = inputs.get(0);
    if (in.channels() % (3 * heads) != 0) {
      throw new ShapeException(
          node,
          "queries, keys and values of " + heads + " heads, a multiple of " + 3 * heads,
          in.channels() + " channels");
    }
    return new Shape(in.height(), in.width(), in.channels() / 3);
  }

  /** Two matrix products, and five operations for each element of the softmax. */
  @Override
  public long flops(List<Shape> inputs, Shape output) {
    long pairs = (long) output.pixels() * output.pixels();
    return 4 * pairs * output.channels() + 5 * pairs * heads;
  }
}
