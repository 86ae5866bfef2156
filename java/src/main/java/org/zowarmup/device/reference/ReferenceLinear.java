package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Linear;

/** {@link Linear} layers, one row at a time: y [rows,out] = x [rows,in] W^T + b, W [out,in]. */
final class ReferenceLinear {
  private ReferenceLinear() {}

  static Step forward(ReferenceProgram program, Linear.Forward op) {
    Tensor x = program.at(op.x());
    Tensor y = program.at(op.y());
    Tensor weight = program.weight(op.weight());
    Tensor bias = program.weight(op.bias());
    return count -> {
      for (int n = 0; n < program.batch() * op.tokens(); n++) {
        for (int o = 0; o < op.out(); o++) {
          double sum = x.dot(bias.get(o), n * op.in(), weight, o * op.in(), op.in());
          y.set(n * op.out() + o, sum);
        }
      }
    };
  }

  static Step backwardData(ReferenceProgram program, Linear.BackwardData back) {
    Linear.Forward op = back.forward();
    Tensor dy = program.at(back.dy());
    Tensor dx = program.at(back.dx());
    Tensor weight = program.weight(op.weight());
    return count -> {
      dx.clear();
      for (int n = 0; n < program.batch() * op.tokens(); n++) {
        for (int o = 0; o < op.out(); o++) {
          dx.add(n * op.in(), dy.get(n * op.out() + o), weight, o * op.in(), op.in());
        }
      }
    };
  }

  static Step backwardParameters(ReferenceProgram program, Linear.BackwardParameters back) {
    Linear.Forward op = back.forward();
    Tensor x = program.at(op.x());
    Tensor dy = program.at(back.dy());
    Tensor weight = program.gradient(op.weight());
    Tensor bias = program.gradient(op.bias());
    return count -> {
      for (int n = 0; n < program.batch() * op.tokens(); n++) {
        for (int o = 0; o < op.out(); o++) {
          double g = dy.get(n * op.out() + o);
          bias.add(o, g);
          weight.add(o * op.in(), g, x, n * op.in(), op.in());
        }
      }
    };
  }
}
