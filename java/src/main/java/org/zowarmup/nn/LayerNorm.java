package org.zowarmup.nn;

import java.util.List;

/**
 * Layer normalisation (Ba et al. 2016, arXiv 1607.06450) over the channels of every pixel or token,
 * with a gain and a bias per channel. The variance is the biased one, as in PyTorch.
 *
 * @param epsilon added to the variance
 */
public record LayerNorm(float epsilon) implements Layer {
  /** What vision transformers use (timm and torchvision). */
  public static final float TRANSFORMER_EPSILON = 1e-6f;

  public LayerNorm {
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException("layer norm: epsilon " + epsilon + " must be above 0");
    }
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    return inputs.get(0);
  }

  @Override
  public List<ParameterSpec> parameters(List<Shape> inputs) {
    int channels = inputs.get(0).channels();
    return List.of(
        ParameterSpec.vector("weight", channels, new Initialization.Constant(1)),
        ParameterSpec.vector("bias", channels, new Initialization.Constant(0)));
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return 8L * output.elements();
  }
}
