package org.zowarmup.nn;

import java.util.List;

/**
 * The Gaussian error linear unit (Hendrycks and Gimpel 2016, arXiv 1606.08415) in its tanh form,
 * PyTorch's {@code approximate="tanh"}: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).
 */
public record Gelu() implements Layer {
  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    return inputs.get(0);
  }

  /** Eight products and sums, and the tanh counted as two. */
  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return 10L * output.elements();
  }
}
