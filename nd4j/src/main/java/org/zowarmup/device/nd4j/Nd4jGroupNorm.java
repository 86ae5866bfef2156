package org.zowarmup.device.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.GroupNorm;

/**
 * {@link GroupNorm}: the channels of a group are brought together, a row a group of a sample, since
 * ND4J broadcasts along rows and columns much faster than along four dimensions.
 */
final class Nd4jGroupNorm {
  private final long batch;
  private final long pixels;
  private final long groups;
  private final long channels;

  private Nd4jGroupNorm(Nd4jProgram program, GroupNorm.Forward op) {
    this.batch = program.batch();
    this.pixels = op.shape().pixels();
    this.groups = op.norm().groups();
    this.channels = op.shape().channels();
  }

  /** [B * pixels, C] as [B * groups, pixels * C / groups]; a new array. */
  private INDArray byGroup(INDArray x) {
    return x.reshape(batch, pixels, groups, channels / groups)
        .permute(0, 2, 1, 3)
        .dup('c')
        .reshape(batch * groups, pixels * channels / groups);
  }

  /** The way back; a new array. */
  private INDArray byPixel(INDArray rows) {
    return rows.reshape(batch, groups, pixels, channels / groups)
        .permute(0, 2, 1, 3)
        .dup('c')
        .reshape(batch * pixels, channels);
  }

  static Step forward(Nd4jProgram program, GroupNorm.Forward op) {
    Nd4jGroupNorm norm = new Nd4jGroupNorm(program, op);
    long rows = norm.batch * norm.pixels;
    INDArray x = program.at(op.x(), rows, norm.channels);
    INDArray y = program.at(op.y(), rows, norm.channels);
    INDArray residual = program.at(op.residual(), rows, norm.channels);
    INDArray mean = program.at(op.mean(), norm.batch * norm.groups, 1);
    INDArray rstd = program.at(op.rstd(), norm.batch * norm.groups, 1);
    INDArray gain = program.weight(op.gain());
    INDArray bias = program.weight(op.bias());
    return count -> {
      INDArray grouped = norm.byGroup(x);
      Nd4jLayerNorm.normalize(grouped, op.norm().epsilon(), mean, rstd);
      INDArray out = Nd4jProgram.mulRow(norm.byPixel(grouped), gain);
      Nd4jProgram.addRow(out, bias);
      if (residual != null) {
        out.addi(residual);
      }
      y.assign(op.relu() ? Transforms.relu(out, false) : out);
    };
  }

  static Step backward(Nd4jProgram program, GroupNorm.Backward op) {
    GroupNorm.Forward f = op.forward();
    Nd4jGroupNorm norm = new Nd4jGroupNorm(program, f);
    long rows = norm.batch * norm.pixels;
    INDArray x = program.at(f.x(), rows, norm.channels);
    INDArray y = f.relu() ? program.at(f.y(), rows, norm.channels) : null;
    INDArray mean = program.at(f.mean(), norm.batch * norm.groups, 1);
    INDArray rstd = program.at(f.rstd(), norm.batch * norm.groups, 1);
    INDArray dy = program.at(op.dy(), rows, norm.channels);
    INDArray dx = program.at(op.dx(), rows, norm.channels);
    INDArray dresidual = program.at(op.dresidual(), rows, norm.channels);
    INDArray gain = program.weight(f.gain());
    INDArray dgain = program.gradient(f.gain());
    INDArray dbias = program.gradient(f.bias());
    return count -> {
      INDArray d = y == null ? dy.dup() : Nd4jRelu.masked(dy, y);
      INDArray xhat = Nd4jProgram.subColumn(norm.byGroup(x), mean);
      Nd4jProgram.mulColumn(xhat, rstd);
      dgain.assign(d.mul(norm.byPixel(xhat)).sum(0));
      dbias.assign(d.sum(0));
      INDArray h = norm.byGroup(Nd4jProgram.mulRow(d.dup(), gain));
      INDArray result = norm.byPixel(Nd4jLayerNorm.gradient(h, xhat, rstd));
      if (dresidual != null) {
        dresidual.assign(d);
      }
      dx.assign(result);
    };
  }
}
