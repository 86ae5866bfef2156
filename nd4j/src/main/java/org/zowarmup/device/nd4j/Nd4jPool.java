package org.zowarmup.device.nd4j;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Pool;

/** {@link Pool}. */
final class Nd4jPool {
  private static final int NHWC = 1;

  private Nd4jPool() {}

  private static boolean isMax(Pool.Forward op) {
    return op.pool().kind() == Pool.Kind.MAX;
  }

  private static String name(Pool.Forward op, String suffix) {
    return (isMax(op) ? "maxpool2d" : "avgpool2d") + suffix;
  }

  private static int[] window(Pool.Forward op) {
    int h = op.pool().windowHeight(op.in());
    int w = op.pool().windowWidth(op.in());
    int s = op.pool().stride();
    return new int[] {h, w, s, s, 0, 0, 1, 1, 0, 0, NHWC};
  }

  static Step forward(Nd4jProgram program, Pool.Forward op) {
    INDArray x = program.image(op.x(), op.in());
    INDArray y = program.image(op.y(), op.out());
    return count -> {
      Nd4jProgram.run(name(op, ""), window(op), List.of(x), y);
      if (isMax(op) && Double.isNaN(x.sumNumber().doubleValue())) {
        passNan(op, x, y);
      }
    };
  }

  /** ND4J's maximum passes over NaN; here, as in PyTorch, it is the largest. */
  private static void passNan(Pool.Forward op, INDArray x, INDArray y) {
    INDArray found = Nd4j.create(DataType.FLOAT, y.shape());
    INDArray nan = x.isNaN().castTo(DataType.FLOAT);
    Nd4jProgram.run(name(op, ""), window(op), List.of(nan), found);
    y.addi(Transforms.sqrt(found.negi(), false)); // the root of -1 is NaN, of -0 is -0
  }

  static Step backward(Nd4jProgram program, Pool.Backward op) {
    Pool.Forward f = op.forward();
    INDArray x = program.image(f.x(), f.in());
    INDArray dy = program.image(op.dy(), f.out());
    INDArray dx = program.image(op.dx(), f.in());
    // Of an average's x only the shape counts, and its memory may be another value's by now.
    return count ->
        Nd4jProgram.run(
            name(f, "_bp"),
            window(f),
            List.of(isMax(f) ? x : Nd4j.create(DataType.FLOAT, x.shape()), dy),
            dx);
  }
}
