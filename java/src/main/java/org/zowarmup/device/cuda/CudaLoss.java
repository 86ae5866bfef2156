package org.zowarmup.device.cuda;

import org.zowarmup.nn.Op;

/** Softmax cross-entropy by kernels/src/loss.cu, into the rows of the pass at hand. */
final class CudaLoss {
  private static final String FILE = "loss.cu";

  private CudaLoss() {}

  static CudaStep forward(CudaProgram program, Op.LossForward op) {
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

  static CudaStep backward(CudaProgram program, Op.LossBackward op) {
    return program.step(
        FILE,
        "crossEntropyBackward",
        program.at(op.logits()),
        program.labels(),
        program.at(op.dlogits()),
        program.batch(),
        op.classes(),
        program.table().jobs(),
        program.table().cursor());
  }
}
