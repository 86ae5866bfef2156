package org.zowarmup.nn.op;

import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;

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

  @Override
  public void lower(Lowering.Place at) {
    at.add(new Forward(at.name(), at.input(), at.output()));
  }

  /** y = gelu(x). */
  public record Forward(String node, Plan.Value x, Plan.Value y) implements Op.Differentiable {
    @Override
    public Io io() {
      return Io.from(x).to(y).reusing(x);
    }

    @Override
    public void differentiate(Lowering plan) {
      plan.add(new Backward(this, plan.gradient(y), plan.newGradient(x)));
    }
  }

  /** dx = dy * gelu'(x). */
  public record Backward(Forward forward, Plan.Value dy, Plan.Value dx) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(forward.x, dy).to(dx).reusing(dy);
    }
  }
}
