package org.zowarmup.device;

/** Loss sum in sample order, and the number of samples whose largest logit is the label's. */
public record Evaluation(double lossSum, long correct, long count) {
  public static final Evaluation EMPTY = new Evaluation(0, 0, 0);

  public Evaluation plus(Evaluation other) {
    return new Evaluation(lossSum + other.lossSum, correct + other.correct, count + other.count);
  }

  public double meanLoss() {
    return lossSum / count;
  }

  public double accuracy() {
    return (double) correct / count;
  }
}
