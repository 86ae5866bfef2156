package org.zowarmup.nn.op;

import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;

/**
 * One token of a sample, as a flat vector: [1, tokens, C] to [1, 1, C].
 *
 * @param index from 0
 */
public record Select(int index) implements Layer {
  public Select {
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

  @Override
  public void lower(Lowering.Place at) {
    int tokens = at.inputShape().pixels();
    int channels = at.shape().channels();
    at.add(new Forward(at.name(), tokens, channels, index, at.input(), at.output()));
  }

  /** y [B, channels] = x[:, index] of x [B, tokens, channels]. */
  public record Forward(
      String node, int tokens, int channels, int index, Plan.Value x, Plan.Value y)
      implements Op.Differentiable {
    @Override
    public Io io() {
      return Io.from(x).to(y);
    }

    @Override
    public void differentiate(Lowering plan) {
      plan.add(new Backward(this, plan.gradient(y), plan.newGradient(x)));
    }
  }

  /** dx[:, index] = dy, the rest 0. */
  public record Backward(Forward forward, Plan.Value dy, Plan.Value dx) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(dy).to(dx);
    }
  }
}
