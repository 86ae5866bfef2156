package org.zowarmup.nn.op;

import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;

/** Element-wise sum of two activations: the join of a residual block. */
public record Add() implements Layer {
  @Override
  public int arity() {
    return 2;
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    if (!inputs.get(0).equals(inputs.get(1))) {
      throw new ShapeException(
          node, "two inputs of one shape", inputs.get(0) + " and " + inputs.get(1));
    }
    return inputs.get(0);
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return output.elements();
  }

  @Override
  public void lower(Lowering.Place at) {
    at.add(new Forward(at.name(), at.input(), at.input(1), at.withRelu(), at.output()));
  }

  /** y = a + b, then relu where asked. Also sums the gradients of a value with two consumers. */
  public record Forward(String node, Plan.Value a, Plan.Value b, boolean relu, Plan.Value y)
      implements Op.Differentiable {
    @Override
    public Io io() {
      return Io.from(a, b).to(y).reusing(a, b);
    }

    /** Both inputs have the gradient of the output, or of the sum before the relu: da = db = dy. */
    @Override
    public void differentiate(Lowering plan) {
      Plan.Value dy = plan.gradient(y);
      Plan.Value both = dy;
      if (relu) {
        both = plan.value("d" + node, dy.perSample());
        plan.add(new Relu.Backward(this, y, dy, both));
      }
      plan.contribute(a, both);
      plan.contribute(b, both);
    }
  }
}
