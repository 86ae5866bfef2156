package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.driver.DevicePointer;
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
    CudaStep loss =
        program.step(
            FILE,
            "crossEntropyForward",
            program.logits(),
            program.labels(),
            program.losses(),
            program.table().correct(),
            program.batch(),
            op.classes(),
            program.table().cursor());
    return program.isFloat(op.logits())
        ? loss
        : program
            .widen(program.at(op.logits()), program.logits(), program.elements(op.logits()))
            .then(loss);
  }

  static CudaStep backward(CudaProgram program, Loss.Backward op) {
    DevicePointer gradient = program.logitsGradient(op.dlogits());
    CudaStep loss =
        program.step(
            FILE,
            "crossEntropyBackward",
            program.logits(),
            program.labels(),
            gradient,
            program.batch(),
            op.forward().classes(),
            program.table().jobs(),
            program.table().cursor());
    return program.isFloat(op.forward().logits())
        ? loss
        : loss.then(
            program.narrow(gradient, program.at(op.dlogits()), program.elements(op.dlogits())));
  }
}
