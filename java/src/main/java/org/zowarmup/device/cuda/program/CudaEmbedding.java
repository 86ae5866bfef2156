package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Embedding;

/** Positions and a class token by kernels/src/embedding.cu. */
final class CudaEmbedding {
  private static final String FILE = "embedding.cu";

  private CudaEmbedding() {}

  /** True if the positions after this convolution are added together with its bias. */
  static boolean takesBias(CudaProgram program, Conv.Forward op) {
    return op.bias() != null && program.soleReader(Embedding.Forward.class, op, op.y()) != null;
  }

  static CudaStep forward(CudaProgram program, Embedding.Forward op) {
    ParameterTensor token = op.classToken();
    Conv.Forward before = program.before(Conv.Forward.class, op);
    Conv.Forward patches = before != null && takesBias(program, before) ? before : null;
    return program.step(
        FILE,
        "embedTokens",
        program.at(op.x()),
        patches == null ? null : program.weight(patches.bias()),
        token == null ? null : program.weight(token),
        program.weight(op.position()),
        program.at(op.y()),
        program.batch(),
        op.tokens(),
        op.channels());
  }

  static CudaStep backwardParameters(CudaProgram program, Embedding.BackwardParameters op) {
    Embedding.Forward f = op.forward();
    ParameterTensor token = f.classToken();
    return program.step(
        FILE,
        "embedTokensBackward",
        program.at(op.dy()),
        token == null ? null : program.gradient(token),
        program.gradient(f.position()),
        program.batch(),
        f.tokens(),
        f.channels());
  }

  static CudaStep backwardData(CudaProgram program, Embedding.BackwardData op) {
    return program.step(
        FILE,
        "dropClassToken",
        program.at(op.dy()),
        program.at(op.dx()),
        program.batch(),
        op.forward().tokens(),
        op.forward().channels());
  }
}
