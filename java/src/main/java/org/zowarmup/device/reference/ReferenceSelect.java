package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Select;

/** {@link Select}: one token of every sample. */
final class ReferenceSelect {
  private ReferenceSelect() {}

  /** The selected token of sample n, in [B, tokens, channels]. */
  private static Tensor token(Tensor tokens, Select.Forward op, int n) {
    return tokens.part((n * op.tokens() + op.index()) * op.channels(), op.channels());
  }

  static Step forward(ReferenceProgram program, Select.Forward op) {
    Tensor x = program.at(op.x());
    Tensor y = program.at(op.y());
    return count -> {
      for (int n = 0; n < program.batch(); n++) {
        y.part(n * op.channels(), op.channels()).copy(token(x, op, n));
      }
    };
  }

  static Step backward(ReferenceProgram program, Select.Backward op) {
    Tensor dy = program.at(op.dy());
    Tensor dx = program.at(op.dx());
    int channels = op.forward().channels();
    return count -> {
      dx.clear();
      for (int n = 0; n < program.batch(); n++) {
        token(dx, op.forward(), n).copy(dy.part(n * channels, channels));
      }
    };
  }
}
