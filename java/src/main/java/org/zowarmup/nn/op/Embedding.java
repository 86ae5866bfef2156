package org.zowarmup.nn.op;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.TorchOrder;

/**
 * Makes tokens of embedded patches (Dosovitskiy et al. 2021, arXiv 2010.11929): the pixels of the
 * input in row-major order, a learned class token before them where asked, and a learned position
 * added to each. Parameters are named {@code cls_token} and {@code pos_embed}, without the node's
 * name, as timm names them; a graph holds one such layer.
 */
public record Embedding(boolean classToken) implements Layer {
  private static final ParameterSpec.Initialization INITIALIZATION =
      new ParameterSpec.Initialization.TruncatedNormal(0.02);

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    Shape in = inputs.get(0);
    return new Shape(1, in.pixels() + (classToken ? 1 : 0), in.channels());
  }

  @Override
  public List<ParameterSpec> parameters(List<Shape> inputs) {
    Shape out = outputShape("", inputs);
    List<ParameterSpec> specs = new ArrayList<>();
    if (classToken) {
      specs.add(embedding("cls_token", 1, out.channels()));
    }
    specs.add(embedding("pos_embed", out.pixels(), out.channels()));
    return specs;
  }

  private static ParameterSpec embedding(String name, int tokens, int channels) {
    return new ParameterSpec(name, List.of(1, tokens, channels), INITIALIZATION, TorchOrder.SAME);
  }

  @Override
  public String parameterName(String node, ParameterSpec spec) {
    return spec.suffix();
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return output.elements();
  }

  @Override
  public void lower(Lowering.Place at) {
    at.add(
        new Forward(
            at.name(),
            at.shape().pixels(),
            at.shape().channels(),
            at.input(),
            at.output(),
            classToken ? at.parameter(0) : null,
            at.parameter(classToken ? 1 : 0)));
  }

  /**
   * y [B, tokens, channels] = x + position, with the class token before the first token where there
   * is one: y[n, 0] = classToken + position[0] and y[n, t + 1] = x[n, t] + position[t + 1].
   *
   * @param tokens tokens of y: one more than x has where there is a class token
   * @param classToken [channels] or null
   * @param position [tokens, channels]
   */
  public record Forward(
      String node,
      int tokens,
      int channels,
      Plan.Value x,
      Plan.Value y,
      ParameterTensor classToken,
      ParameterTensor position)
      implements Op.Differentiable {
    @Override
    public Io io() {
      return Io.from(x).to(y).reusing(classToken == null ? x : null);
    }

    /** Without a class token dx is dy itself, and no step is needed. */
    @Override
    public void differentiate(Lowering plan) {
      Plan.Value dy = plan.gradient(y);
      plan.add(new BackwardParameters(this, dy));
      if (!plan.needsGradient(x)) {
        return;
      }
      if (classToken == null) {
        plan.contribute(x, dy);
      } else {
        plan.add(new BackwardData(this, dy, plan.newGradient(x)));
      }
    }
  }

  /** Gradients of the parameters: sums of dy over the samples. */
  public record BackwardParameters(Forward forward, Plan.Value dy) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(dy);
    }
  }

  /** Gradient of the input where there is a class token: dy without that token's row. */
  public record BackwardData(Forward forward, Plan.Value dy, Plan.Value dx) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(dy).to(dx);
    }
  }
}
