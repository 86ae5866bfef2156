package org.zowarmup.examples;

import org.zowarmup.nn.op.CrossEntropy;
import org.zowarmup.nn.op.SampleLoss;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/**
 * A loss: cross-entropy against a label of which a part is spread over all classes (Szegedy et al.
 * 2016).
 */
public record LabelSmoothing(
    @Key("part of a label that all classes share") @Range(min = 0, max = 1) double part)
    implements SampleLoss {
  /** The defaults. */
  public LabelSmoothing() {
    this(0.1);
  }

  @Override
  public String kind() {
    return "label-smoothing";
  }

  @Override
  public double of(double[] logits, int label) {
    double mean = 0;
    for (double logit : logits) {
      mean += logit / logits.length;
    }
    return CrossEntropy.logSumExp(logits) - (1 - part) * logits[label] - part * mean;
  }

  @Override
  public void gradient(double[] logits, int label, double[] gradient) {
    double norm = CrossEntropy.logSumExp(logits);
    for (int k = 0; k < logits.length; k++) {
      double target = part / logits.length + (k == label ? 1 - part : 0);
      gradient[k] = Math.exp(logits[k] - norm) - target;
    }
  }
}
