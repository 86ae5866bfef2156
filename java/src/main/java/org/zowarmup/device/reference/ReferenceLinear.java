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
          double sum = bias.get(o);
          for (int i = 0; i < op.in(); i++) {
            sum += x.get(n * op.in() + i) * weight.get(o * op.in() + i);
          }
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
      for (int n = 0; n < program.batch() * op.tokens(); n++) {
        for (int i = 0; i < op.in(); i++) {
          double sum = 0;
          for (int o = 0; o < op.out(); o++) {
            sum += dy.get(n * op.out() + o) * weight.get(o * op.in() + i);
          }
          dx.set(n * op.in() + i, sum);
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
          for (int i = 0; i < op.in(); i++) {
            weight.add(o * op.in() + i, g * x.get(n * op.in() + i));
          }
        }
      }
    };
  }
}
