package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.nn.op.Gelu;

/** GELU by kernels/src/gelu.cu. */
final class CudaGelu {
  private static final String FILE = "gelu.cu";

  private CudaGelu() {}

  static CudaStep forward(CudaProgram program, Gelu.Forward op) {
    if (CudaTail.has(program, op)) {
      return CudaStep.NOTHING;
    }
    long n = program.elements(op.y());
    return program.step(FILE, "geluForward", program.at(op.x()), program.at(op.y()), n);
  }

  static CudaStep backward(CudaProgram program, Gelu.Backward op) {
    long n = program.elements(op.dx());
    return program.step(
        FILE,
        "geluBackward",
        program.at(op.forward().x()),
        program.at(op.dy()),
        program.at(op.dx()),
        n);
  }
}
