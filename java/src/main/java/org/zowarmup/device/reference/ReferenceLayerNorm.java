package org.zowarmup.device.reference;

import org.zowarmup.device.host.Step;
import org.zowarmup.nn.op.LayerNorm;

/** {@link LayerNorm} of rows, x [B * tokens, C]; the formulas are those of its steps. */
final class ReferenceLayerNorm {
  private ReferenceLayerNorm() {}

  static Step forward(ReferenceProgram program, LayerNorm.Forward op) {
    Tensor x = program.at(op.x());
    Tensor y = program.at(op.y());
    Tensor mean = program.at(op.mean()); // null where statistics are not kept, like rstd
    Tensor rstd = program.at(op.rstd());
    Tensor gain = program.weight(op.gain());
    Tensor bias = program.weight(op.bias());
    int channels = op.channels();
    return count -> {
      for (int row = 0; row < program.batch() * op.tokens(); row++) {
        int at = row * channels;
        double sum = 0;
        for (int c = 0; c < channels; c++) {
          sum += x.get(at + c);
        }
        double m = sum / channels;
        double squares = 0;
        for (int c = 0; c < channels; c++) {
          double d = x.get(at + c) - m;
          squares += d * d;
        }
        double r = 1 / Math.sqrt(squares / channels + op.norm().epsilon());
        if (mean != null) {
          mean.set(row, m);
          rstd.set(row, r);
        }
        for (int c = 0; c < channels; c++) {
          y.set(at + c, (x.get(at + c) - m) * r * gain.get(c) + bias.get(c));
        }
      }
    };
  }

  static Step backward(ReferenceProgram program, LayerNorm.Backward op) {
    LayerNorm.Forward f = op.forward();
    Tensor x = program.at(f.x());
    Tensor mean = program.at(f.mean());
    Tensor rstd = program.at(f.rstd());
    Tensor dy = program.at(op.dy());
    Tensor dx = program.at(op.dx());
    Tensor gain = program.weight(f.gain());
    Tensor dgain = program.gradient(f.gain());
    Tensor dbias = program.gradient(f.bias());
    int channels = f.channels();
    return count -> {
      for (int row = 0; row < program.batch() * f.tokens(); row++) {
        int at = row * channels;
        double m = mean.get(row);
        double r = rstd.get(row);
        double sumH = 0;
        double sumHx = 0;
        for (int c = 0; c < channels; c++) {
          double d = dy.get(at + c);
          double xhat = (x.get(at + c) - m) * r;
          dgain.add(c, d * xhat);
          dbias.add(c, d);
          sumH += d * gain.get(c);
          sumHx += d * gain.get(c) * xhat;
        }
        for (int c = 0; c < channels; c++) {
          double h = dy.get(at + c) * gain.get(c);
          double xhat = (x.get(at + c) - m) * r;
          dx.set(at + c, r * (h - sumH / channels - xhat * sumHx / channels));
        }
      }
    };
  }
}
