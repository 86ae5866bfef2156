package org.zowarmup.device.reference;

/** Element-wise steps on ranges of the arena. */
final class ElementwiseReference {
  private ElementwiseReference() {}

  /** max(v, 0) that lets a NaN through: it must reach the loss. */
  static double relu(double v) {
    return v < 0 ? 0 : v;
  }

  static void reluBackward(double[] arena, int y, int dy, int dx, int elements) {
    for (int i = 0; i < elements; i++) {
      arena[dx + i] = arena[y + i] > 0 ? arena[dy + i] : 0;
    }
  }

  static void add(double[] arena, int a, int b, int y, int elements, boolean relu) {
    for (int i = 0; i < elements; i++) {
      double sum = arena[a + i] + arena[b + i];
      arena[y + i] = relu ? relu(sum) : sum;
    }
  }
}
