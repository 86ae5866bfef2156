package org.zowarmup.device.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.LayerNorm;

/** {@link LayerNorm}, a row a token; {@link #normalize} and {@link #gradient} serve all norms. */
final class Nd4jLayerNorm {
  private Nd4jLayerNorm() {}

  /**
   * Normalizes rows in place.
   *
   * @param meanOrNull [rows, 1], receives the means
   * @param rstdOrNull [rows, 1], receives 1 / sqrt(variance + epsilon)
   */
  static void normalize(INDArray rows, float epsilon, INDArray meanOrNull, INDArray rstdOrNull) {
    INDArray mean = rows.mean(true, 1);
    Nd4jProgram.subColumn(rows, mean);
    INDArray rstd = Transforms.pow(rows.mul(rows).mean(true, 1).addi(epsilon), -0.5, false);
    Nd4jProgram.mulColumn(rows, rstd);
    if (meanOrNull != null) {
      meanOrNull.assign(mean);
      rstdOrNull.assign(rstd);
    }
  }

  /** rstd (h - mean(h) - xhat mean(h xhat)) of each row, in the place of h. */
  static INDArray gradient(INDArray h, INDArray xhat, INDArray rstd) {
    INDArray meanOfProduct = h.mul(xhat).mean(true, 1);
    Nd4jProgram.subColumn(h, h.mean(true, 1));
    h.subi(Nd4jProgram.mulColumn(xhat.dup(), meanOfProduct));
    return Nd4jProgram.mulColumn(h, rstd);
  }

  static Step forward(Nd4jProgram program, LayerNorm.Forward op) {
    long rows = (long) program.batch() * op.tokens();
    INDArray x = program.at(op.x(), rows, op.channels());
    INDArray y = program.at(op.y(), rows, op.channels());
    INDArray mean = program.at(op.mean(), rows, 1);
    INDArray rstd = program.at(op.rstd(), rows, 1);
    INDArray gain = program.weight(op.gain());
    INDArray bias = program.weight(op.bias());
    return count -> {
      INDArray xhat = x.dup();
      normalize(xhat, op.norm().epsilon(), mean, rstd);
      y.assign(Nd4jProgram.addRow(Nd4jProgram.mulRow(xhat, gain), bias));
    };
  }

  static Step backward(Nd4jProgram program, LayerNorm.Backward op) {
    LayerNorm.Forward f = op.forward();
    long rows = (long) program.batch() * f.tokens();
    INDArray x = program.at(f.x(), rows, f.channels());
    INDArray mean = program.at(f.mean(), rows, 1);
    INDArray rstd = program.at(f.rstd(), rows, 1);
    INDArray dy = program.at(op.dy(), rows, f.channels());
    INDArray dx = program.at(op.dx(), rows, f.channels());
    INDArray gain = program.weight(f.gain());
    INDArray dgain = program.gradient(f.gain());
    INDArray dbias = program.gradient(f.bias());
    return count -> {
      INDArray xhat = Nd4jProgram.mulColumn(Nd4jProgram.subColumn(x.dup(), mean), rstd);
      dgain.assign(dy.mul(xhat).sum(0));
      dbias.assign(dy.sum(0));
      dx.assign(gradient(Nd4jProgram.mulRow(dy.dup(), gain), xhat, rstd));
    };
  }
}
