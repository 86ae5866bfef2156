package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.nn.op.Relu;

/** ReLU that no other step does beside its own work, by kernels/src/relu.cu. */
final class CudaRelu {
  private static final String FILE = "relu.cu";

  private CudaRelu() {}

  static CudaStep forward(CudaProgram program, Relu.Forward op) {
    if (CudaBias.has(program, op)) {
      return CudaStep.NOTHING;
    }
    long n = program.elements(op.y());
    return program.step(FILE, "reluForward", program.at(op.x()), program.at(op.y()), n);
  }

  static CudaStep backward(CudaProgram program, Relu.Backward op) {
    long n = program.elements(op.y());
    return program.step(
        FILE, "reluBackward", program.at(op.y()), program.at(op.dy()), program.at(op.dx()), n);
  }
}
