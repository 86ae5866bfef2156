package org.zowarmup.device.reference;

import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Op;

/** Layer norm of rows, x [B * tokens, C]; the formulas are {@link Op}'s. */
final class LayerNormReference {
  private final int rows;
  private final int channels;
  private final double epsilon;

  LayerNormReference(LayerNorm.Forward op, int batch) {
    this.rows = batch * op.tokens();
    this.channels = op.channels();
    this.epsilon = op.norm().epsilon();
  }

  /**
   * @param mean position of [rows] statistics, like rstd -1 where they are not kept
   */
  void forward(
      double[] arena, int x, int y, int mean, int rstd, double[] weights, int gain, int bias) {
    for (int row = 0; row < rows; row++) {
      int at = row * channels;
      double sum = 0;
      for (int c = 0; c < channels; c++) {
        sum += arena[x + at + c];
      }
      double m = sum / channels;
      double squares = 0;
      for (int c = 0; c < channels; c++) {
        double d = arena[x + at + c] - m;
        squares += d * d;
      }
      double r = 1 / Math.sqrt(squares / channels + epsilon);
      if (mean >= 0) {
        arena[mean + row] = m;
        arena[rstd + row] = r;
      }
      for (int c = 0; c < channels; c++) {
        arena[y + at + c] = (arena[x + at + c] - m) * r * weights[gain + c] + weights[bias + c];
      }
    }
  }

  void backward(
      double[] arena,
      int x,
      int mean,
      int rstd,
      int dy,
      int dx,
      double[] weights,
      int gain,
      double[] gradients,
      int bias) {
    for (int row = 0; row < rows; row++) {
      int at = row * channels;
      double m = arena[mean + row];
      double r = arena[rstd + row];
      double sumH = 0;
      double sumHx = 0;
      for (int c = 0; c < channels; c++) {
        double d = arena[dy + at + c];
        double xhat = (arena[x + at + c] - m) * r;
        gradients[gain + c] += d * xhat;
        gradients[bias + c] += d;
        sumH += d * weights[gain + c];
        sumHx += d * weights[gain + c] * xhat;
      }
      for (int c = 0; c < channels; c++) {
        double h = arena[dy + at + c] * weights[gain + c];
        double xhat = (arena[x + at + c] - m) * r;
        arena[dx + at + c] = r * (h - sumH / channels - xhat * sumHx / channels);
      }
    }
  }
}
