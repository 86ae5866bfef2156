package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.op.Loss;

/** {@link Loss} by native kernels. */
final class CpuLoss {
  private CpuLoss() {}

  static Step forward(CpuProgram program, Loss.Forward op) {
    FloatPointer logits = program.at(op.logits());
    return count ->
        NativeCpu.softmaxCrossEntropy(
            logits,
            program.labels(),
            count,
            op.classes(),
            program.losses(),
            program.hits(),
            program.threads());
  }

  static Step backward(CpuProgram program, Loss.Backward op) {
    FloatPointer logits = program.at(op.forward().logits());
    FloatPointer dlogits = program.at(op.dlogits());
    return count ->
        NativeCpu.softmaxCrossEntropyBackward(
            logits,
            program.labels(),
            count,
            program.batch(),
            op.forward().classes(),
            dlogits,
            program.threads());
  }
}
