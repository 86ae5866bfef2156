package org.zowarmup.device.nd4j;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Relu;

/** {@link Relu}. */
final class Nd4jRelu {
  private Nd4jRelu() {}

  static Step forward(Nd4jProgram program, Relu.Forward op) {
    INDArray x = program.flat(op.x());
    INDArray y = program.flat(op.y());
    return count -> y.assign(Transforms.relu(x, true));
  }

  static Step backward(Nd4jProgram program, Relu.Backward op) {
    INDArray y = program.flat(op.y());
    INDArray dy = program.flat(op.dy());
    INDArray dx = program.flat(op.dx());
    return count -> dx.assign(masked(dy, y));
  }

  /** dy where y is above 0, else 0; a new array. */
  static INDArray masked(INDArray dy, INDArray y) {
    return dy.mul(y.gt(0).castTo(DataType.FLOAT));
  }
}
