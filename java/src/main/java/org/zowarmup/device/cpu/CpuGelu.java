package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.op.Gelu;

/** {@link Gelu} by native kernels. */
final class CpuGelu {
  private CpuGelu() {}

  static Step forward(CpuProgram program, Gelu.Forward op) {
    FloatPointer x = program.at(op.x());
    FloatPointer y = program.at(op.y());
    long elements = program.elements(op.x());
    return count -> NativeCpu.gelu(x, y, elements, program.threads());
  }

  static Step backward(CpuProgram program, Gelu.Backward op) {
    FloatPointer x = program.at(op.forward().x());
    FloatPointer dy = program.at(op.dy());
    FloatPointer dx = program.at(op.dx());
    long elements = program.elements(op.dx());
    return count -> NativeCpu.geluBackward(x, dy, dx, elements, program.threads());
  }
}
