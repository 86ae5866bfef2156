package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Relu;

/** {@link Relu} of every element. */
final class ReferenceRelu {
  private ReferenceRelu() {}

  /** max(v, 0) that lets a NaN through: it must reach the loss. */
  static double relu(double v) {
    return v < 0 ? 0 : v;
  }

  static Step forward(ReferenceProgram program, Relu.Forward op) {
    Tensor x = program.at(op.x());
    Tensor y = program.at(op.y());
    return count -> {
      for (int i = 0; i < y.size(); i++) {
        y.set(i, relu(x.get(i)));
      }
    };
  }

  static Step backward(ReferenceProgram program, Relu.Backward op) {
    Tensor y = program.at(op.y());
    Tensor dy = program.at(op.dy());
    Tensor dx = program.at(op.dx());
    return count -> {
      for (int i = 0; i < dx.size(); i++) {
        dx.set(i, y.get(i) > 0 ? dy.get(i) : 0);
      }
    };
  }
}
