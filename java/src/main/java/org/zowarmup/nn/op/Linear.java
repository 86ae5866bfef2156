package org.zowarmup.nn.op;

import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;
import org.zowarmup.nn.TorchOrder;

/**
 * y = W x + b with W [out, in]; the input is flat.
 *
 * @param outFeatures number of outputs
 * @param flattened shape that the input had before a {@link Flatten}, or null when it was flat all
 *     along; needed to write PyTorch's order of the weights
 */
public record Linear(int outFeatures, Shape flattened) implements Layer {
  public Linear {
    if (outFeatures < 1) {
      throw new IllegalArgumentException("linear: outputs " + outFeatures + " must be at least 1");
    }
  }

  public Linear(int outFeatures) {
    this(outFeatures, null);
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    Shape in = inputs.get(0);
    if (in.pixels() != 1) {
      throw new ShapeException(node, "a flat input (put a flatten before it)", in.toString());
    }
    if (flattened != null && flattened.elements() != in.elements()) {
      throw new ShapeException(node, flattened.elements() + " features", in.elements() + "");
    }
    return Shape.flat(outFeatures);
  }

  @Override
  public List<ParameterSpec> parameters(List<Shape> inputs) {
    TorchOrder order =
        flattened == null ? TorchOrder.SAME : new TorchOrder.LinearAfterFlatten(flattened);
    return parameters(inputs.get(0).channels(), outFeatures, order);
  }

  /** Weight [out, in] and bias [out]. */
  static List<ParameterSpec> parameters(int inFeatures, int outFeatures, TorchOrder order) {
    ParameterSpec.Initialization init = ParameterSpec.Initialization.torchDefault(inFeatures);
    return List.of(
        ParameterSpec.matrix("weight", List.of(outFeatures, inFeatures), init, order),
        ParameterSpec.vector("bias", outFeatures, init));
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return 2L * output.elements() * inputs.get(0).elements();
  }

  @Override
  public void lower(Lowering.Place at) {
    lower(at, 1, at.inputShape().elements());
  }

  private static void lower(Lowering.Place at, int tokens, int in) {
    int out = at.shape().channels();
    at.add(
        new Forward(
            at.name(), tokens, in, out, at.input(), at.output(), at.parameter(0), at.parameter(1)));
  }

  /**
   * The same on the channels of every pixel or token: y [tokens, out] = x [tokens, in] W^T + b.
   *
   * @param outFeatures number of outputs of a token
   */
  public record PerToken(int outFeatures) implements Layer {
    public PerToken {
      if (outFeatures < 1) {
        throw new IllegalArgumentException(
            "token linear: outputs " + outFeatures + " must be at least 1");
      }
    }

    @Override
    public Shape outputShape(String node, List<Shape> inputs) {
      Shape in = inputs.get(0);
      return new Shape(in.height(), in.width(), outFeatures);
    }

    @Override
    public List<ParameterSpec> parameters(List<Shape> inputs) {
      return Linear.parameters(inputs.get(0).channels(), outFeatures, TorchOrder.SAME);
    }

    @Override
    public long flops(List<Shape> inputs, Shape output) {
      return 2L * output.elements() * inputs.get(0).channels();
    }

    @Override
    public void lower(Lowering.Place at) {
      Linear.lower(at, at.shape().pixels(), at.inputShape().channels());
    }
  }

  /**
   * y [B * tokens, out] = x [B * tokens, in] W^T + b, W [out, in].
   *
   * @param tokens rows of a sample: 1 for a flat input
   */
  public record Forward(
      String node,
      int tokens,
      int in,
      int out,
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

  /** dx = dy W. */
  public record BackwardData(Forward forward, Plan.Value dy, Plan.Value dx) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(dy).to(dx);
    }
  }

  /** dW = dy^T x, db = the sum of dy over its rows. */
  public record BackwardParameters(Forward forward, Plan.Value dy) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(forward.x, dy);
    }
  }
}
