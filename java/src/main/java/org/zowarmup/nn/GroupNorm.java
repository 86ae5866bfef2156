package org.zowarmup.nn;

import java.util.List;

/**
 * Group normalisation (Wu and He 2018, arXiv 1803.08494) over a sample's pixels and the channels of
 * a group, with a gain and a bias per channel. The variance is the biased one, as in PyTorch.
 *
 * @param groups number of groups; divides the channels
 * @param epsilon added to the variance
 */
public record GroupNorm(int groups, float epsilon) implements Layer {
  /** PyTorch's default. */
  public static final float DEFAULT_EPSILON = 1e-5f;

  public GroupNorm {
    if (groups < 1 || !(epsilon > 0)) {
      throw new IllegalArgumentException(
          "group norm: groups " + groups + " must be at least 1, epsilon " + epsilon + " above 0");
    }
  }

  public GroupNorm(int groups) {
    this(groups, DEFAULT_EPSILON);
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    Shape in = inputs.get(0);
    if (in.channels() % groups != 0) {
      throw new ShapeException(
          node, "a number of channels that " + groups + " groups divide", in.channels() + "");
    }
    return in;
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
