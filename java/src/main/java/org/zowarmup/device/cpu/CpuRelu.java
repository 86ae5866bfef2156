package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.op.Relu;

/** {@link Relu} by native kernels. */
final class CpuRelu {
  private CpuRelu() {}

  static Step forward(CpuProgram program, Relu.Forward op) {
    FloatPointer x = program.at(op.x());
    FloatPointer y = program.at(op.y());
    long elements = program.elements(op.y());
    return count -> NativeCpu.relu(x, y, elements, program.threads());
  }

  static Step backward(CpuProgram program, Relu.Backward op) {
    FloatPointer y = program.at(op.y());
    FloatPointer dy = program.at(op.dy());
    FloatPointer dx = program.at(op.dx());
    long elements = program.elements(op.y());
    return count -> NativeCpu.reluBackward(y, dy, dx, elements, program.threads());
  }
}
