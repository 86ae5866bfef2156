package org.zowarmup.device.nd4j;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Conv;

/** {@link Conv} by ND4J's conv2d, activations NHWC and weights OHWI, as they lie. */
final class Nd4jConv {
  private static final int SAME_OR_CAUSAL = 0;
  private static final int NHWC = 1;
  private static final int OHWI = 2;

  private Nd4jConv() {}

  private static int[] geometry(Conv conv) {
    int k = conv.kernel();
    int s = conv.stride();
    int p = conv.padding();
    return new int[] {k, k, s, s, p, p, 1, 1, SAME_OR_CAUSAL, NHWC, OHWI};
  }

  static Step forward(Nd4jProgram program, Conv.Forward op) {
    INDArray x = program.image(op.x(), op.in());
    INDArray y = program.image(op.y(), op.out());
    INDArray w = program.weight(op.weight());
    List<INDArray> in =
        op.bias() == null ? List.of(x, w) : List.of(x, w, program.weight(op.bias()));
    return count -> Nd4jProgram.run("conv2d", geometry(op.conv()), in, y);
  }

  static Step backwardData(Nd4jProgram program, Conv.BackwardData op) {
    Conv.Forward f = op.forward();
    INDArray dy = program.image(op.dy(), f.out());
    INDArray dx = program.image(op.dx(), f.in());
    INDArray w = program.weight(f.weight());
    // ND4J computes both gradients in one operation. Of x only the shape counts for dx, and x's
    // memory may be another value's by now.
    long[] shape = program.image(f.in());
    return count ->
        Nd4jProgram.run(
            "conv2d_bp",
            geometry(f.conv()),
            List.of(Nd4j.create(DataType.FLOAT, shape), w, dy),
            dx,
            Nd4j.create(DataType.FLOAT, w.shape()));
  }

  static Step backwardParameters(Nd4jProgram program, Conv.BackwardParameters op) {
    Conv.Forward f = op.forward();
    INDArray x = program.image(f.x(), f.in());
    INDArray dy = program.image(op.dy(), f.out());
    INDArray w = program.weight(f.weight());
    INDArray bias = program.weight(f.bias());
    INDArray dw = program.gradient(f.weight());
    INDArray db = program.gradient(f.bias());
    long[] shape = program.image(f.in());
    return count -> {
      INDArray dx = Nd4j.create(DataType.FLOAT, shape);
      if (bias == null) {
        Nd4jProgram.run("conv2d_bp", geometry(f.conv()), List.of(x, w, dy), dx, dw);
      } else {
        Nd4jProgram.run("conv2d_bp", geometry(f.conv()), List.of(x, w, bias, dy), dx, dw, db);
      }
    };
  }
}
