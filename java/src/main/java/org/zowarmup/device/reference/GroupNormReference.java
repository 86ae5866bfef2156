package org.zowarmup.device.reference;

import org.zowarmup.nn.op.GroupNorm;

/**
 * Group norm with its fused tail, x [B,H,W,C]. Positions of what is absent are -1. The gradient is
 * that of Wu and He's formula: with xhat = (x - mean) * rstd and h = dy * gain, dx = rstd * (h -
 * mean(h) - xhat * mean(h * xhat)), means over the group.
 */
final class GroupNormReference {
  private final GroupNorm.Forward op;
  private final int batch;
  private final int pixels;
  private final int channels;
  private final int groups;
  private final int perGroup;

  GroupNormReference(GroupNorm.Forward op, int batch) {
    this.op = op;
    this.batch = batch;
    this.pixels = op.shape().pixels();
    this.channels = op.shape().channels();
    this.groups = op.norm().groups();
    this.perGroup = channels / groups;
  }

  /** Position of (sample, pixel, channel of the group). */
  private int at(int n, int p, int group, int c) {
    return (n * pixels + p) * channels + group * perGroup + c;
  }

  void forward(
      double[] arena,
      int x,
      int residual,
      int y,
      int mean,
      int rstd,
      double[] weights,
      int gain,
      int bias) {
    double count = (double) pixels * perGroup;
    for (int n = 0; n < batch; n++) {
      for (int g = 0; g < groups; g++) {
        double sum = 0;
        for (int p = 0; p < pixels; p++) {
          for (int c = 0; c < perGroup; c++) {
            sum += arena[x + at(n, p, g, c)];
          }
        }
        double m = sum / count;
        double squares = 0;
        for (int p = 0; p < pixels; p++) {
          for (int c = 0; c < perGroup; c++) {
            double d = arena[x + at(n, p, g, c)] - m;
            squares += d * d;
          }
        }
        double r = 1 / Math.sqrt(squares / count + op.norm().epsilon());
        if (mean >= 0) {
          arena[mean + n * groups + g] = m;
          arena[rstd + n * groups + g] = r;
        }
        for (int p = 0; p < pixels; p++) {
          for (int c = 0; c < perGroup; c++) {
            int i = at(n, p, g, c);
            int channel = g * perGroup + c;
            double v = (arena[x + i] - m) * r * weights[gain + channel] + weights[bias + channel];
            v += residual < 0 ? 0 : arena[residual + i];
            arena[y + i] = op.relu() ? ElementwiseReference.relu(v) : v;
          }
        }
      }
    }
  }

  void backward(
      double[] arena,
      int x,
      int mask,
      int mean,
      int rstd,
      int dy,
      int dx,
      int dresidual,
      double[] weights,
      int gain,
      double[] gradients,
      int bias) {
    double count = (double) pixels * perGroup;
    for (int n = 0; n < batch; n++) {
      for (int g = 0; g < groups; g++) {
        double m = arena[mean + n * groups + g];
        double r = arena[rstd + n * groups + g];
        double sumH = 0;
        double sumHx = 0;
        for (int p = 0; p < pixels; p++) {
          for (int c = 0; c < perGroup; c++) {
            int i = at(n, p, g, c);
            int channel = g * perGroup + c;
            double d = mask < 0 || arena[mask + i] > 0 ? arena[dy + i] : 0;
            double xhat = (arena[x + i] - m) * r;
            gradients[gain + channel] += d * xhat;
            gradients[bias + channel] += d;
            sumH += d * weights[gain + channel];
            sumHx += d * weights[gain + channel] * xhat;
          }
        }
        for (int p = 0; p < pixels; p++) {
          for (int c = 0; c < perGroup; c++) {
            int i = at(n, p, g, c);
            double d = mask < 0 || arena[mask + i] > 0 ? arena[dy + i] : 0;
            double xhat = (arena[x + i] - m) * r;
            double h = d * weights[gain + g * perGroup + c];
            arena[dx + i] = r * (h - sumH / count - xhat * sumHx / count);
            if (dresidual >= 0) {
              arena[dresidual + i] = d;
            }
          }
        }
      }
    }
  }
}
