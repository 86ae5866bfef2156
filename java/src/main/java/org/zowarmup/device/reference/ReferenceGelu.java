package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Gelu;

/** {@link Gelu} of every element, x / 2 * (1 + tanh(a * (x + b x^3))), and its derivative. */
final class ReferenceGelu {
  private static final double A = Math.sqrt(2 / Math.PI);
  private static final double B = 0.044715;

  private ReferenceGelu() {}

  static double gelu(double x) {
    return x / 2 * (1 + Math.tanh(A * (x + B * x * x * x)));
  }

  static double derivative(double x) {
    double t = Math.tanh(A * (x + B * x * x * x));
    return (1 + t) / 2 + x / 2 * (1 - t * t) * A * (1 + 3 * B * x * x);
  }

  static Step forward(ReferenceProgram program, Gelu.Forward op) {
    Tensor x = program.at(op.x());
    Tensor y = program.at(op.y());
    return count -> {
      for (int i = 0; i < y.size(); i++) {
        y.set(i, gelu(x.get(i)));
      }
    };
  }

  static Step backward(ReferenceProgram program, Gelu.Backward op) {
    Tensor x = program.at(op.forward().x());
    Tensor dy = program.at(op.dy());
    Tensor dx = program.at(op.dx());
    return count -> {
      for (int i = 0; i < dx.size(); i++) {
        dx.set(i, dy.get(i) * derivative(x.get(i)));
      }
    };
  }
}
