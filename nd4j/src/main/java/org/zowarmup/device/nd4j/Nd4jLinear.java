package org.zowarmup.device.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Linear;

/** {@link Linear}: products of matrices, a row a token. */
final class Nd4jLinear {
  private Nd4jLinear() {}

  private static long rows(Nd4jProgram program, Linear.Forward op) {
    return (long) program.batch() * op.tokens();
  }

  static Step forward(Nd4jProgram program, Linear.Forward op) {
    INDArray x = program.at(op.x(), rows(program, op), op.in());
    INDArray y = program.at(op.y(), rows(program, op), op.out());
    INDArray w = program.weight(op.weight());
    INDArray b = program.weight(op.bias());
    return count -> {
      Nd4j.matmul(x, w, y, false, true, false);
      Nd4jProgram.addRow(y, b);
    };
  }

  static Step backwardData(Nd4jProgram program, Linear.BackwardData op) {
    Linear.Forward f = op.forward();
    INDArray dy = program.at(op.dy(), rows(program, f), f.out());
    INDArray dx = program.at(op.dx(), rows(program, f), f.in());
    INDArray w = program.weight(f.weight());
    return count -> Nd4j.matmul(dy, w, dx, false, false, false);
  }

  static Step backwardParameters(Nd4jProgram program, Linear.BackwardParameters op) {
    Linear.Forward f = op.forward();
    INDArray x = program.at(f.x(), rows(program, f), f.in());
    INDArray dy = program.at(op.dy(), rows(program, f), f.out());
    INDArray dw = program.gradient(f.weight());
    INDArray db = program.gradient(f.bias());
    return count -> {
      Nd4j.matmul(dy, x, dw, true, false, false);
      db.assign(dy.sum(0));
    };
  }
}
