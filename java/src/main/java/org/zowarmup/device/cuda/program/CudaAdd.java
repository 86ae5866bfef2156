package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.nn.op.Add;

/** Sums of two activations by kernels/src/add.cu. */
final class CudaAdd {
  private CudaAdd() {}

  static CudaStep forward(CudaProgram program, Add.Forward op) {
    if (CudaTail.has(program, op)) {
      return CudaStep.NOTHING;
    }
    return program.step(
        "add.cu",
        "addForward",
        program.at(op.a()),
        program.at(op.b()),
        program.at(op.y()),
        program.elements(op.y()),
        op.relu() ? 1 : 0);
  }
}
