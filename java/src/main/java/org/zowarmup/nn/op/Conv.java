package org.zowarmup.nn.op;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;
import org.zowarmup.nn.TorchOrder;

/**
 * A two-dimensional convolution with a square kernel, zero padding and one group.
 *
 * @param outChannels number of filters
 * @param kernel height and width of a filter
 * @param stride step in both directions
 * @param padding zeros on each side
 * @param bias whether a bias per filter is added
 */
public record Conv(int outChannels, int kernel, int stride, int padding, boolean bias)
    implements Layer {
  public Conv {
    if (outChannels < 1 || kernel < 1 || stride < 1 || padding < 0) {
      throw new IllegalArgumentException(
          "convolution: channels %d, kernel %d, stride %d must be at least 1, padding %d at least 0"
              .formatted(outChannels, kernel, stride, padding));
    }
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    Shape in = inputs.get(0);
    if (in.height() + 2 * padding < kernel || in.width() + 2 * padding < kernel) {
      throw new ShapeException(
          node, "an input of at least " + (kernel - 2 * padding) + " pixels a side", in.toString());
    }
    return new Shape(extent(in.height()), extent(in.width()), outChannels);
  }

  private int extent(int in) {
    return (in + 2 * padding - kernel) / stride + 1;
  }

  @Override
  public List<ParameterSpec> parameters(List<Shape> inputs) {
    int inChannels = inputs.get(0).channels();
    ParameterSpec.Initialization init =
        ParameterSpec.Initialization.torchDefault(inChannels * kernel * kernel);
    List<ParameterSpec> specs = new ArrayList<>();
    specs.add(
        ParameterSpec.matrix(
            "weight",
            List.of(outChannels, kernel, kernel, inChannels),
            init,
            new TorchOrder.Convolution()));
    if (bias) {
      specs.add(ParameterSpec.vector("bias", outChannels, init));
    }
    return specs;
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return 2L * output.elements() * kernel * kernel * inputs.get(0).channels();
  }

  @Override
  public void lower(Lowering.Place at) {
    at.add(
        new Forward(
            at.name(),
            this,
            at.inputShape(),
            at.shape(),
            at.input(),
            at.output(),
            at.parameter(0),
            bias ? at.parameter(1) : null));
  }

  /** y = conv(x, weight) + bias, weight [out, kernel, kernel, in]; bias may be null. */
  public record Forward(
      String node,
      Conv conv,
      Shape in,
      Shape out,
      Plan.Value x,
      Plan.Value y,
      ParameterTensor weight,
      ParameterTensor bias)
      implements Op.Differentiable {
    @Override
    public Io io() {
      return Io.from(x).to(y);
    }

    @Override
    public void differentiate(Lowering plan) {
      Plan.Value dy = plan.gradient(y);
      plan.add(new BackwardParameters(this, dy));
      if (plan.needsGradient(x)) {
        plan.add(new BackwardData(this, dy, plan.newGradient(x)));
      }
    }
  }

  /** Gradient of the input: dx = dy convolved with the transposed weight. */
  public record BackwardData(Forward forward, Plan.Value dy, Plan.Value dx) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(dy).to(dx);
    }
  }

  /** Gradients of weight and bias: sums over samples and pixels of dy with x, and of dy. */
  public record BackwardParameters(Forward forward, Plan.Value dy) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(forward.x, dy);
    }
  }
}
