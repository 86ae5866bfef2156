package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.plugin.Own;

/** Softmax cross-entropy by kernels/src/loss.cu, into the rows of the pass at hand. */
final class CudaLoss {
  private static final String FILE = "loss.cu";

  private CudaLoss() {}

  static CudaStep forward(CudaProgram program, Loss.Forward op) {
    if (!op.head().isCrossEntropy()) {
      throw new UnsupportedException(
          "device %s does not run loss %s (%s), which is Java over memory of the CPU; use device cpu"
              .formatted(
                  program.common().gpu().name(),
                  op.head().perSample().kind(),
                  Own.name(op.head().perSample())));
    }
    return program.step(
        FILE,
        "crossEntropyForward",
        program.at(op.logits()),
        program.labels(),
        program.losses(),
        program.table().correct(),
        program.batch(),
        op.classes(),
        program.table().cursor());
  }

  static CudaStep backward(CudaProgram program, Loss.Backward op) {
    return program.step(
        FILE,
        "crossEntropyBackward",
        program.at(op.forward().logits()),
        program.labels(),
        program.at(op.dlogits()),
        program.batch(),
        op.forward().classes(),
        program.table().jobs(),
        program.table().cursor());
  }
}
