package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.op.Add;

/** {@link Add} with its fused relu by a native kernel. */
final class CpuAdd {
  private CpuAdd() {}

  static Step forward(CpuProgram program, Add.Forward op) {
    FloatPointer a = program.at(op.a());
    FloatPointer b = program.at(op.b());
    FloatPointer y = program.at(op.y());
    long elements = program.elements(op.y());
    return count -> NativeCpu.addRelu(a, b, y, elements, op.relu(), program.threads());
  }
}
