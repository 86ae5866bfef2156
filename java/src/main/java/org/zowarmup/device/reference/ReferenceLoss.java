package org.zowarmup.device.reference;

import java.util.Arrays;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.SampleLoss;

/** {@link Loss}, one row of logits at a time. */
final class ReferenceLoss {
  private ReferenceLoss() {}

  private static double[] values(Tensor row) {
    return Arrays.copyOfRange(row.data(), row.offset(), row.offset() + row.size());
  }

  static double loss(SampleLoss loss, Tensor row, int label) {
    return loss.of(values(row), label);
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

  /** Writes the gradient of the loss / count, or zeros for a label of -1. */
  static void backward(SampleLoss loss, Tensor row, Tensor gradient, int label, int count) {
    double[] slopes = new double[row.size()];
    if (label >= 0) {
      loss.gradient(values(row), label, slopes);
    }
    for (int k = 0; k < slopes.length; k++) {
      gradient.set(k, slopes[k] / count);
    }
  }

  static Step forward(ReferenceProgram program, Loss.Forward op) {
    Tensor logits = program.at(op.logits());
    int classes = op.classes();
    return count -> {
      for (int n = 0; n < count; n++) {
        Tensor row = logits.part(n * classes, classes);
        program.losses()[n] = loss(op.head().perSample(), row, program.labels()[n]);
        program.hits()[n] = isHit(row, program.labels()[n]);
      }
    };
  }

  static Step backward(ReferenceProgram program, Loss.Backward op) {
    Tensor logits = program.at(op.forward().logits());
    Tensor dlogits = program.at(op.dlogits());
    SampleLoss loss = op.forward().head().perSample();
    int classes = op.forward().classes();
    return count -> {
      for (int n = 0; n < program.batch(); n++) {
        int label = n < count ? program.labels()[n] : -1;
        Tensor gradient = dlogits.part(n * classes, classes);
        backward(loss, logits.part(n * classes, classes), gradient, label, count);
      }
    };
  }
}
