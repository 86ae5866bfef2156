package org.zowarmup.device.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Gelu;

/** {@link Gelu}: x / 2 (1 + tanh(A (x + B x^3))). */
final class Nd4jGelu {
  private static final double A = Math.sqrt(2 / Math.PI);
  private static final double B = 0.044715;

  private Nd4jGelu() {}

  private static INDArray tanh(INDArray x) {
    return Transforms.tanh(x.mul(x).muli(B).addi(1).muli(x).muli(A), false);
  }

  static Step forward(Nd4jProgram program, Gelu.Forward op) {
    INDArray x = program.flat(op.x());
    INDArray y = program.flat(op.y());
    return count -> y.assign(x.mul(0.5).muli(tanh(x).addi(1)));
  }

  static Step backward(Nd4jProgram program, Gelu.Backward op) {
    INDArray x = program.flat(op.forward().x());
    INDArray dy = program.flat(op.dy());
    INDArray dx = program.flat(op.dx());
    return count -> {
      INDArray t = tanh(x);
      INDArray slope = x.mul(x).muli(3 * B).addi(1).muli(A).muli(x).muli(0.5);
      slope.muli(t.mul(t).rsubi(1)).addi(t.add(1).muli(0.5));
      dx.assign(dy.mul(slope));
    };
  }
}
