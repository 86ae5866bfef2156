package org.zowarmup.device.nd4j;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Select;

/** {@link Select}. */
final class Nd4jSelect {
  private Nd4jSelect() {}

  static Step forward(Nd4jProgram program, Select.Forward op) {
    INDArray x = program.at(op.x(), program.batch(), op.tokens(), op.channels());
    INDArray y = program.at(op.y(), program.batch(), op.channels());
    return count -> y.assign(x.get(all(), point(op.index()), all()));
  }

  static Step backward(Nd4jProgram program, Select.Backward op) {
    Select.Forward f = op.forward();
    INDArray dy = program.at(op.dy(), program.batch(), f.channels());
    INDArray dx = program.at(op.dx(), program.batch(), f.tokens(), f.channels());
    return count -> {
      dx.assign(0);
      dx.get(all(), point(f.index()), all()).assign(dy);
    };
  }
}
