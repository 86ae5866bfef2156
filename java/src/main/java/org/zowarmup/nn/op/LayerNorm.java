package org.zowarmup.nn.op;

import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;

/**
 * Layer normalisation (Ba et al. 2016, arXiv 1607.06450) over the channels of every pixel or token,
 * with a gain and a bias per channel. The variance is the biased one, as in PyTorch.
 *
 * @param epsilon added to the variance
 */
public record LayerNorm(float epsilon) implements Layer {
  /** The epsilon of vision transformers (timm and torchvision). */
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
    return ParameterSpec.gainAndBias(inputs.get(0).channels());
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return 8L * output.elements();
  }

  @Override
  public void lower(Lowering.Place at) {
    int tokens = at.shape().pixels();
    Plan.Value y = at.output();
    Plan.Value mean = at.isTraining() ? at.value("mean", tokens) : null;
    Plan.Value rstd = at.isTraining() ? at.value("rstd", tokens) : null;
    at.add(
        new Forward(
            at.name(),
            this,
            tokens,
            at.shape().channels(),
            at.input(),
            y,
            mean,
            rstd,
            at.parameter(0),
            at.parameter(1)));
  }

  /**
   * y = (x - mean) * rstd * gain + bias over the channels of each token; rstd = 1 / sqrt(biased
   * variance + epsilon). Where mean and rstd are not null they receive a sample's [tokens]
   * statistics.
   */
  public record Forward(
      String node,
      LayerNorm norm,
      int tokens,
      int channels,
      Plan.Value x,
      Plan.Value y,
      Plan.Value mean,
      Plan.Value rstd,
      ParameterTensor gain,
      ParameterTensor bias)
      implements Op.Differentiable {
    @Override
    public Io io() {
      return Io.from(x).to(y, mean, rstd).reusing(x);
    }

    @Override
    public void differentiate(Lowering plan) {
      plan.add(new Backward(this, plan.gradient(y), plan.newGradient(x)));
    }
  }

  /**
   * With xhat = (x - mean) * rstd and h = dy * gain, dx = rstd * (h - mean(h) - xhat * mean(h *
   * xhat)), means over the channels; dgain and dbias are the sums of dy * xhat and dy over the
   * tokens.
   */
  public record Backward(Forward forward, Plan.Value dy, Plan.Value dx) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(forward.x, forward.mean, forward.rstd, dy).to(dx).reusing(dy);
    }
  }
}
