package org.zowarmup.device.reference;

/** Softmax cross-entropy of one row of logits. */
final class LossReference {
  private LossReference() {}

  private static double logSumExp(double[] arena, int row, int classes) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes; k++) {
      max = Math.max(max, arena[row + k]);
    }
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      sum += Math.exp(arena[row + k] - max);
    }
    return max + Math.log(sum);
  }

  static double loss(double[] arena, int row, int classes, int label) {
    return logSumExp(arena, row, classes) - arena[row + label];
  }

  /** Whether the first largest logit is the label's; never with a NaN. */
  static boolean isHit(double[] arena, int row, int classes, int label) {
    int best = 0;
    for (int k = 0; k < classes; k++) {
      if (Double.isNaN(arena[row + k])) {
        return false;
      }
      best = arena[row + k] > arena[row + best] ? k : best;
    }
    return best == label;
  }

  /** Writes (softmax - one-hot) / count, or zeros for a label of -1. */
  static void backward(double[] arena, int row, int gradient, int classes, int label, int count) {
    double norm = label < 0 ? 0 : logSumExp(arena, row, classes);
    for (int k = 0; k < classes; k++) {
      double softmax = label < 0 ? 0 : Math.exp(arena[row + k] - norm);
      double target = k == label ? 1 : 0;
      arena[gradient + k] = (softmax - target) / count;
    }
  }
}
