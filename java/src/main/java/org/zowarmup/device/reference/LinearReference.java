package org.zowarmup.device.reference;

import org.zowarmup.nn.op.Linear;

/** y [B*tokens,out] = x [B*tokens,in] W^T + b, W [out,in]. */
final class LinearReference {
  private LinearReference() {}

  static void forward(
      Linear.Forward op,
      int batch,
      double[] arena,
      int x,
      int y,
      double[] weights,
      int weight,
      int bias) {
    for (int n = 0; n < batch * op.tokens(); n++) {
      for (int o = 0; o < op.out(); o++) {
        double sum = weights[bias + o];
        for (int i = 0; i < op.in(); i++) {
          sum += arena[x + n * op.in() + i] * weights[weight + o * op.in() + i];
        }
        arena[y + n * op.out() + o] = sum;
      }
    }
  }

  static void backwardData(
      Linear.Forward op, int batch, double[] arena, int dy, int dx, double[] weights, int weight) {
    for (int n = 0; n < batch * op.tokens(); n++) {
      for (int i = 0; i < op.in(); i++) {
        double sum = 0;
        for (int o = 0; o < op.out(); o++) {
          sum += arena[dy + n * op.out() + o] * weights[weight + o * op.in() + i];
        }
        arena[dx + n * op.in() + i] = sum;
      }
    }
  }

  static void backwardParameters(
      Linear.Forward op,
      int batch,
      double[] arena,
      int x,
      int dy,
      double[] gradients,
      int weight,
      int bias) {
    for (int n = 0; n < batch * op.tokens(); n++) {
      for (int o = 0; o < op.out(); o++) {
        double g = arena[dy + n * op.out() + o];
        gradients[bias + o] += g;
        for (int i = 0; i < op.in(); i++) {
          gradients[weight + o * op.in() + i] += g * arena[x + n * op.in() + i];
        }
      }
    }
  }
}
