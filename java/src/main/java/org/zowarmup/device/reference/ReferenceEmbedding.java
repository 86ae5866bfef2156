package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Embedding;

/** {@link Embedding}: class token and positions, one sample at a time. */
final class ReferenceEmbedding {
  private ReferenceEmbedding() {}

  /** Elements of a sample's input, which come last in its output. */
  private static int rest(Embedding.Forward op) {
    return (op.tokens() - (op.classToken() == null ? 0 : 1)) * op.channels();
  }

  static Step forward(ReferenceProgram program, Embedding.Forward op) {
    Tensor x = program.at(op.x());
    Tensor y = program.at(op.y());
    Tensor token = program.weight(op.classToken());
    Tensor position = program.weight(op.position());
    int sample = op.tokens() * op.channels();
    int rest = rest(op);
    return count -> {
      for (int n = 0; n < program.batch(); n++) {
        for (int i = 0; i < sample; i++) {
          int from = i - (sample - rest);
          double v = from < 0 ? token.get(i) : x.get(n * rest + from);
          y.set(n * sample + i, v + position.get(i));
        }
      }
    };
  }

  static Step backwardParameters(ReferenceProgram program, Embedding.BackwardParameters op) {
    Embedding.Forward f = op.forward();
    Tensor dy = program.at(op.dy());
    Tensor token = program.gradient(f.classToken());
    Tensor position = program.gradient(f.position());
    int sample = f.tokens() * f.channels();
    return count -> {
      for (int n = 0; n < program.batch(); n++) {
        for (int i = 0; i < sample; i++) {
          double d = dy.get(n * sample + i);
          position.add(i, d);
          if (token != null && i < f.channels()) {
            token.add(i, d);
          }
        }
      }
    };
  }

  static Step backwardData(ReferenceProgram program, Embedding.BackwardData op) {
    Tensor dy = program.at(op.dy());
    Tensor dx = program.at(op.dx());
    int sample = op.forward().tokens() * op.forward().channels();
    int rest = rest(op.forward());
    return count -> {
      for (int n = 0; n < program.batch(); n++) {
        dx.part(n * rest, rest).copy(dy.part((n + 1) * sample - rest, rest));
      }
    };
  }
}
