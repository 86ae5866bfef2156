package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.GroupNorm;

/** {@link GroupNorm} with its fused tail, x [B,H,W,C]; the formulas are those of its steps. */
final class ReferenceGroupNorm {
  private final GroupNorm.Forward op;
  private final int batch;
  private final int pixels;
  private final int channels;
  private final int groups;
  private final int perGroup;
  private final double count;
  private final Tensor x;
  private final Tensor y;
  private final Tensor mean; // null where statistics are not kept, like rstd
  private final Tensor rstd;
  private final Tensor gain;

  private ReferenceGroupNorm(ReferenceProgram program, int batch, GroupNorm.Forward op) {
    this.op = op;
    this.batch = batch;
    this.pixels = op.shape().pixels();
    this.channels = op.shape().channels();
    this.groups = op.norm().groups();
    this.perGroup = channels / groups;
    this.count = (double) pixels * perGroup;
    this.x = program.at(op.x());
    this.y = program.at(op.y());
    this.mean = program.at(op.mean());
    this.rstd = program.at(op.rstd());
    this.gain = program.weight(op.gain());
  }

  static Step forward(ReferenceProgram program, GroupNorm.Forward op) {
    return forward(program, program.batch(), op);
  }

  static Step backward(ReferenceProgram program, GroupNorm.Backward op) {
    return backward(program, program.batch(), op);
  }

  /**
   * @param batch samples of the shape that the step names
   */
  static Step forward(ReferenceProgram program, int batch, GroupNorm.Forward op) {
    ReferenceGroupNorm norm = new ReferenceGroupNorm(program, batch, op);
    Tensor residual = program.at(op.residual());
    Tensor bias = program.weight(op.bias());
    return count -> norm.forEachGroup((n, g) -> norm.forward(n, g, residual, bias));
  }

  static Step backward(ReferenceProgram program, int batch, GroupNorm.Backward op) {
    ReferenceGroupNorm norm = new ReferenceGroupNorm(program, batch, op.forward());
    Tensor dy = program.at(op.dy());
    Tensor dx = program.at(op.dx());
    Tensor dresidual = program.at(op.dresidual());
    Tensor dgain = program.gradient(op.forward().gain());
    Tensor dbias = program.gradient(op.forward().bias());
    return count ->
        norm.forEachGroup((n, g) -> norm.backward(n, g, dy, dx, dresidual, dgain, dbias));
  }

  /** Called for each sample and group. */
  private interface Group {
    void visit(int n, int g);
  }

  private void forEachGroup(Group visitor) {
    for (int n = 0; n < batch; n++) {
      for (int g = 0; g < groups; g++) {
        visitor.visit(n, g);
      }
    }
  }

  /** Position of (sample, pixel, channel of the group). */
  private int at(int n, int p, int group, int c) {
    return (n * pixels + p) * channels + group * perGroup + c;
  }

  private void forward(int n, int g, Tensor residual, Tensor bias) {
    double sum = 0;
    for (int p = 0; p < pixels; p++) {
      for (int c = 0; c < perGroup; c++) {
        sum += x.get(at(n, p, g, c));
      }
    }
    double m = sum / count;
    double squares = 0;
    for (int p = 0; p < pixels; p++) {
      for (int c = 0; c < perGroup; c++) {
        double d = x.get(at(n, p, g, c)) - m;
        squares += d * d;
      }
    }
    double r = 1 / Math.sqrt(squares / count + op.norm().epsilon());
    if (mean != null) {
      mean.set(n * groups + g, m);
      rstd.set(n * groups + g, r);
    }
    for (int p = 0; p < pixels; p++) {
      for (int c = 0; c < perGroup; c++) {
        int i = at(n, p, g, c);
        int channel = g * perGroup + c;
        double v = (x.get(i) - m) * r * gain.get(channel) + bias.get(channel);
        if (residual != null) {
          v += residual.get(i);
        }
        y.set(i, op.relu() ? ReferenceRelu.relu(v) : v);
      }
    }
  }

  private void backward(
      int n, int g, Tensor dy, Tensor dx, Tensor dresidual, Tensor dgain, Tensor dbias) {
    double m = mean.get(n * groups + g);
    double r = rstd.get(n * groups + g);
    double sumH = 0;
    double sumHx = 0;
    for (int p = 0; p < pixels; p++) {
      for (int c = 0; c < perGroup; c++) {
        int i = at(n, p, g, c);
        int channel = g * perGroup + c;
        double d = masked(dy, i);
        double xhat = (x.get(i) - m) * r;
        dgain.add(channel, d * xhat);
        dbias.add(channel, d);
        sumH += d * gain.get(channel);
        sumHx += d * gain.get(channel) * xhat;
      }
    }
    for (int p = 0; p < pixels; p++) {
      for (int c = 0; c < perGroup; c++) {
        int i = at(n, p, g, c);
        double d = masked(dy, i);
        double xhat = (x.get(i) - m) * r;
        double h = d * gain.get(g * perGroup + c);
        dx.set(i, r * (h - sumH / count - xhat * sumHx / count));
        if (dresidual != null) {
          dresidual.set(i, d);
        }
      }
    }
  }

  /** dy, or 0 where the relu gave 0. */
  private double masked(Tensor dy, int i) {
    return !op.relu() || y.get(i) > 0 ? dy.get(i) : 0;
  }
}
