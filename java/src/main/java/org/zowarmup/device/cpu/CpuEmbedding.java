package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.op.Embedding;

/** {@link Embedding} by native kernels. */
final class CpuEmbedding {
  private CpuEmbedding() {}

  static Step forward(CpuProgram program, Embedding.Forward op) {
    FloatPointer x = program.at(op.x());
    FloatPointer y = program.at(op.y());
    ParameterTensor token = op.classToken();
    return count ->
        NativeCpu.embedTokens(
            x,
            token == null ? null : program.weight(token),
            program.weight(op.position()),
            y,
            program.batch(),
            op.tokens(),
            op.channels(),
            program.threads());
  }

  static Step backwardParameters(CpuProgram program, Embedding.BackwardParameters op) {
    FloatPointer dy = program.at(op.dy());
    ParameterTensor token = op.forward().classToken();
    return count ->
        NativeCpu.embedTokensBackward(
            dy,
            token == null ? null : program.gradient(token),
            program.gradient(op.forward().position()),
            program.batch(),
            op.forward().tokens(),
            op.forward().channels(),
            program.threads());
  }

  static Step backwardData(CpuProgram program, Embedding.BackwardData op) {
    int rest = op.forward().tokens() - 1;
    int channels = op.forward().channels();
    return CpuSelect.copy(
        program, program.at(op.dy()), rest + 1, 1, program.at(op.dx()), rest, 0, rest, channels);
  }
}
