package org.zowarmup.device.nd4j;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Embedding;

/** {@link Embedding}. */
final class Nd4jEmbedding {
  private Nd4jEmbedding() {}

  static Step forward(Nd4jProgram program, Embedding.Forward op) {
    int before = op.classToken() == null ? 0 : 1;
    INDArray x = program.at(op.x(), program.batch(), op.tokens() - before, op.channels());
    INDArray y = program.at(op.y(), program.batch(), op.tokens(), op.channels());
    INDArray token = program.weight(op.classToken(), op.channels());
    INDArray position = program.weight(op.position(), op.tokens(), op.channels());
    return count -> {
      INDArray tokens = x.dup(); // y may be where x is
      if (token != null) {
        y.get(all(), interval(before, op.tokens()), all()).assign(tokens);
      } else {
        y.assign(tokens);
      }
      for (int n = 0; n < program.batch(); n++) {
        if (token != null) {
          y.get(point(n), point(0), all()).assign(token);
        }
        y.get(point(n), all(), all()).addi(position);
      }
    };
  }

  static Step backwardData(Nd4jProgram program, Embedding.BackwardData op) {
    Embedding.Forward f = op.forward();
    INDArray dy = program.at(op.dy(), program.batch(), f.tokens(), f.channels());
    INDArray dx = program.at(op.dx(), program.batch(), f.tokens() - 1, f.channels());
    return count -> dx.assign(dy.get(all(), interval(1, f.tokens()), all()));
  }

  static Step backwardParameters(Nd4jProgram program, Embedding.BackwardParameters op) {
    Embedding.Forward f = op.forward();
    INDArray dy = program.at(op.dy(), program.batch(), (long) f.tokens() * f.channels());
    INDArray position = program.gradient(f.position(), (long) f.tokens() * f.channels());
    INDArray token = program.gradient(f.classToken(), f.channels());
    return count -> {
      INDArray sum = dy.sum(0);
      position.assign(sum);
      if (token != null) {
        token.assign(sum.get(interval(0, f.channels())));
      }
    };
  }
}
