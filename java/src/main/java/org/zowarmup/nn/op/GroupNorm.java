package org.zowarmup.nn.op;

import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;

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
    return ParameterSpec.gainAndBias(inputs.get(0).channels());
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return 8L * output.elements();
  }

  @Override
  public void lower(Lowering.Place at) {
    Plan.Value mean = at.isTraining() ? at.value("mean", groups) : null;
    Plan.Value rstd = at.isTraining() ? at.value("rstd", groups) : null;
    at.add(
        new Forward(
            at.name(),
            this,
            at.shape(),
            at.input(),
            at.residualOrNull(),
            at.withRelu(),
            at.output(),
            mean,
            rstd,
            at.parameter(0),
            at.parameter(1)));
  }

  /**
   * y = (x - mean) * rstd * gain + bias with rstd = 1 / sqrt(biased variance + epsilon), then +
   * residual where it is not null, then relu where asked. Where mean and rstd are not null they
   * receive each sample's [groups] statistics.
   */
  public record Forward(
      String node,
      GroupNorm norm,
      Shape shape,
      Plan.Value x,
      Plan.Value residual,
      boolean relu,
      Plan.Value y,
      Plan.Value mean,
      Plan.Value rstd,
      ParameterTensor gain,
      ParameterTensor bias)
      implements Op.Differentiable {
    @Override
    public Io io() {
      return Io.from(x, residual).to(y, mean, rstd).reusing(x, residual);
    }

    @Override
    public void differentiate(Lowering plan) {
      Plan.Value dy = plan.gradient(y);
      Plan.Value dx = plan.newGradient(x);
      Plan.Value dresidual = residual == null ? null : plan.newGradient(residual);
      plan.add(new Backward(this, dy, dx, dresidual));
    }
  }

  /**
   * Wu and He's gradient: with d = dy, or 0 where a relu gave 0, xhat = (x - mean) * rstd and h = d
   * * gain, dx = rstd * (h - mean(h) - xhat * mean(h * xhat)), means over the group; dgain and
   * dbias are the sums of d * xhat and d over samples and pixels; dresidual = d, null where the
   * forward step had no residual.
   */
  public record Backward(Forward forward, Plan.Value dy, Plan.Value dx, Plan.Value dresidual)
      implements Op.Gradient {
    @Override
    public Io io() {
      Plan.Value mask = forward.relu ? forward.y : null;
      return Io.from(forward.x, mask, forward.mean, forward.rstd, dy).to(dx, dresidual);
    }
  }
}
