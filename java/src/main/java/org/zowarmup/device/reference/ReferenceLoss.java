package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Loss;

/** {@link Loss}: softmax cross-entropy, one row of logits at a time. */
final class ReferenceLoss {
  private ReferenceLoss() {}

  private static double logSumExp(Tensor row) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < row.size(); k++) {
      max = Math.max(max, row.get(k));
    }
    double sum = 0;
    for (int k = 0; k < row.size(); k++) {
      sum += Math.exp(row.get(k) - max);
    }
    return max + Math.log(sum);
  }

  static double loss(Tensor row, int label) {
    return logSumExp(row) - row.get(label);
  }

  /** True if the first largest logit is the label's; never with a NaN. */
  static boolean isHit(Tensor row, int label) {
    int best = 0;
    for (int k = 0; k < row.size(); k++) {
      if (Double.isNaN(row.get(k))) {
        return false;
      }
      best = row.get(k) > row.get(best) ? k : best;
    }
    return best == label;
  }

  /** Writes (softmax - one-hot) / count, or zeros for a label of -1. */
  static void backward(Tensor row, Tensor gradient, int label, int count) {
    double norm = label < 0 ? 0 : logSumExp(row);
    for (int k = 0; k < row.size(); k++) {
      double softmax = label < 0 ? 0 : Math.exp(row.get(k) - norm);
      double target = k == label ? 1 : 0;
      gradient.set(k, (softmax - target) / count);
    }
  }

  static Step forward(ReferenceProgram program, Loss.Forward op) {
    Tensor logits = program.at(op.logits());
    int classes = op.classes();
    return count -> {
      for (int n = 0; n < count; n++) {
        Tensor row = logits.part(n * classes, classes);
        program.losses()[n] = loss(row, program.labels()[n]);
        program.hits()[n] = isHit(row, program.labels()[n]);
      }
    };
  }

  static Step backward(ReferenceProgram program, Loss.Backward op) {
    Tensor logits = program.at(op.forward().logits());
    Tensor dlogits = program.at(op.dlogits());
    int classes = op.forward().classes();
    return count -> {
      for (int n = 0; n < program.batch(); n++) {
        int label = n < count ? program.labels()[n] : -1;
        backward(
            logits.part(n * classes, classes), dlogits.part(n * classes, classes), label, count);
      }
    };
  }
}
