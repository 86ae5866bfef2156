package org.zowarmup.examples;

import java.nio.FloatBuffer;
import java.util.List;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Custom;

/** A layer: y = x s(beta x) with a beta that is learned; s is the logistic function. */
public record Swish() implements Custom {
  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    return inputs.get(0);
  }

  @Override
  public List<ParameterSpec> parameters(List<Shape> inputs) {
    return List.of(ParameterSpec.vector("beta", 1, new ParameterSpec.Initialization.Constant(1)));
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return 4L * output.elements();
  }

  private static double logistic(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Override
  public void forward(int samples, FloatBuffer x, List<FloatBuffer> parameters, FloatBuffer y) {
    float beta = parameters.get(0).get(0);
    for (int i = 0; i < x.capacity(); i++) {
      y.put(i, (float) (x.get(i) * logistic(beta * x.get(i))));
    }
  }

  @Override
  public void backward(
      int samples,
      FloatBuffer x,
      List<FloatBuffer> parameters,
      FloatBuffer dy,
      FloatBuffer dx,
      List<FloatBuffer> gradients) {
    float beta = parameters.get(0).get(0);
    double sum = 0;
    for (int i = 0; i < x.capacity(); i++) {
      double s = logistic(beta * x.get(i));
      double slope = s * (1 - s);
      dx.put(i, (float) (dy.get(i) * (s + beta * x.get(i) * slope)));
      sum += dy.get(i) * x.get(i) * x.get(i) * slope;
    }
    gradients.get(0).put(0, (float) sum);
  }
}
