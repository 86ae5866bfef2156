package org.zowarmup.device.nd4j;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Attention;

/** {@link Attention}, a sample and a head at a time. */
final class Nd4jAttention {
  private static final int QUERIES = 0;
  private static final int KEYS = 1;
  private static final int VALUES = 2;

  private final Attention.Forward op;
  private final int batch;
  private final INDArray qkv;
  private final INDArray probabilities;

  private Nd4jAttention(Nd4jProgram program, Attention.Forward op) {
    this.op = op;
    this.batch = program.batch();
    this.qkv = parts(program, op.x());
    this.probabilities =
        program.at(op.probabilities(), batch, op.heads(), op.tokens(), op.tokens());
  }

  private INDArray parts(Nd4jProgram program, Plan.Value value) {
    return program.at(value, batch, op.tokens(), 3, op.heads(), op.width());
  }

  private INDArray outputs(Nd4jProgram program, Plan.Value value) {
    return program.at(value, batch, op.tokens(), op.heads(), op.width());
  }

  /** What is computed for a sample and a head. */
  private interface Head {
    void compute(int n, int h);
  }

  private Step each(Head head) {
    return count -> {
      for (int n = 0; n < batch; n++) {
        for (int h = 0; h < op.heads(); h++) {
          head.compute(n, h);
        }
      }
    };
  }

  /** Queries, keys or values, [tokens, width]. */
  private INDArray part(int which, int n, int h) {
    return matrix(qkv.get(point(n), all(), point(which), point(h), all()));
  }

  private INDArray matrix(INDArray view) {
    return view.dup('c').reshape(op.tokens(), op.width());
  }

  static Step forward(Nd4jProgram program, Attention.Forward op) {
    Nd4jAttention a = new Nd4jAttention(program, op);
    INDArray y = a.outputs(program, op.y());
    return a.each(
        (n, h) -> {
          INDArray scores =
              Nd4j.matmul(a.part(QUERIES, n, h), a.part(KEYS, n, h), false, true, false);
          INDArray p = Transforms.softmax(scores.muli(op.scale()), true);
          a.probabilities.get(point(n), point(h), all(), all()).assign(p);
          y.get(point(n), all(), point(h), all())
              .assign(Nd4j.matmul(p, a.part(VALUES, n, h), false, false, false));
        });
  }

  static Step backward(Nd4jProgram program, Attention.Backward op) {
    Attention.Forward f = op.forward();
    Nd4jAttention a = new Nd4jAttention(program, f);
    INDArray dx = a.parts(program, op.dx());
    INDArray dy = a.outputs(program, op.dy());
    return a.each(
        (n, h) -> {
          INDArray d = a.matrix(dy.get(point(n), all(), point(h), all()));
          INDArray p =
              a.probabilities
                  .get(point(n), point(h), all(), all())
                  .dup('c')
                  .reshape(f.tokens(), f.tokens());
          INDArray dp = Nd4j.matmul(d, a.part(VALUES, n, h), false, true, false);
          INDArray sums = p.mul(dp).sum(true, 1);
          INDArray ds = Nd4jProgram.subColumn(dp, sums).muli(p).muli(f.scale());
          put(dx, QUERIES, n, h, Nd4j.matmul(ds, a.part(KEYS, n, h), false, false, false));
          put(dx, KEYS, n, h, Nd4j.matmul(ds, a.part(QUERIES, n, h), true, false, false));
          put(dx, VALUES, n, h, Nd4j.matmul(p, d, true, false, false));
        });
  }

  private static void put(INDArray dx, int which, int n, int h, INDArray values) {
    dx.get(point(n), all(), point(which), point(h), all()).assign(values);
  }
}
