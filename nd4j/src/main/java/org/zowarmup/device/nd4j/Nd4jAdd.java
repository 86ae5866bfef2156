package org.zowarmup.device.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Add;

/** {@link Add}. */
final class Nd4jAdd {
  private Nd4jAdd() {}

  static Step forward(Nd4jProgram program, Add.Forward op) {
    INDArray a = program.flat(op.a());
    INDArray b = program.flat(op.b());
    INDArray y = program.flat(op.y());
    return count -> {
      INDArray sum = a.add(b);
      y.assign(op.relu() ? Transforms.relu(sum, false) : sum);
    };
  }
}
