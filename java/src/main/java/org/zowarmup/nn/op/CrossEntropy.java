package org.zowarmup.nn.op;

/** Softmax cross-entropy, log(sum exp(logits)) - logits[label]; every device has kernels for it. */
public record CrossEntropy() implements SampleLoss {
  @Override
  public String kind() {
    return "cross-entropy";
  }

  /** log(sum exp(logits)), for logits of any size. */
  public static double logSumExp(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - max);
    }
    return max + Math.log(sum);
  }

  @Override
  public double of(double[] logits, int label) {
    return logSumExp(logits) - logits[label];
  }

  @Override
  public void gradient(double[] logits, int label, double[] gradient) {
    double norm = logSumExp(logits);
    for (int k = 0; k < logits.length; k++) {
      gradient[k] = Math.exp(logits[k] - norm) - (k == label ? 1 : 0);
    }
  }
}
