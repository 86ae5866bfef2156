package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.op.Select;

/** {@link Select} and other copies of tokens by a native kernel. */
final class CpuSelect {
  private CpuSelect() {}

  static Step forward(CpuProgram program, Select.Forward op) {
    FloatPointer y = program.at(op.y());
    return copy(program, program.at(op.x()), op.tokens(), op.index(), y, 1, 0, 1, op.channels());
  }

  static Step backward(CpuProgram program, Select.Backward op) {
    Select.Forward f = op.forward();
    FloatPointer dx = program.at(op.dx());
    return copy(program, program.at(op.dy()), 1, 0, dx, f.tokens(), f.index(), 1, f.channels());
  }

  /**
   * Copies a run of tokens of every sample.
   *
   * @param from [B, fromTokens, channels]
   * @param fromToken first of the tokens that are copied
   * @param to [B, toTokens, channels]; the rest of it becomes zero
   * @param toToken the place of the first of them
   * @param tokens how many
   */
  static Step copy(
      CpuProgram program,
      FloatPointer from,
      int fromTokens,
      int fromToken,
      FloatPointer to,
      int toTokens,
      int toToken,
      int tokens,
      long channels) {
    return count ->
        NativeCpu.copyTokens(
            from,
            fromTokens,
            fromToken,
            to,
            toTokens,
            toToken,
            tokens,
            tokens < toTokens,
            program.batch(),
            channels,
            program.threads());
  }
}
