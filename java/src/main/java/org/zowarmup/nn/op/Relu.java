package org.zowarmup.nn.op;

import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;

/** max(x, 0). */
public record Relu() implements Layer {
  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    return inputs.get(0);
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return output.elements();
  }

  @Override
  public void lower(Lowering.Place at) {
    at.add(new Forward(at.name(), at.input(), at.output()));
  }

  /** y = max(x, 0). */
  public record Forward(String node, Plan.Value x, Plan.Value y) implements Op.Differentiable {
    @Override
    public Io io() {
      return Io.from(x).to(y).reusing(x);
    }

    @Override
    public void differentiate(Lowering plan) {
      plan.add(new Backward(this, y, plan.gradient(y), plan.newGradient(x)));
    }
  }

  /**
   * dx = dy where y > 0, else 0.
   *
   * @param forward a relu, or an add with one
   */
  public record Backward(Op.Differentiable forward, Plan.Value y, Plan.Value dy, Plan.Value dx)
      implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(y, dy).to(dx).reusing(dy);
    }
  }
}
