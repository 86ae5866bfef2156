package org.zowarmup.device;

import java.util.List;

/**
 * Local SGD from given weights; the optimizer state starts at zero.
 *
 * @param batches indices into the resident images, one array a step; a step's gradient is that of
 *     the mean loss of its batch
 * @param proximal mu of a term mu / 2 |w - start|^2 in the loss: mu (w - start) is added to every
 *     gradient before the step, summed in double and rounded once; 0 for none
 * @param augmentation of the images, whose positions run on from batch to batch
 */
public record TrainJob(List<int[]> batches, Sgd sgd, Augmentation augmentation, float proximal) {
  public TrainJob {
    batches = List.copyOf(batches);
  }

  /** Training on images as they are. */
  public TrainJob(List<int[]> batches, Sgd sgd) {
    this(batches, sgd, Augmentation.NONE, 0);
  }

  /** Training without a proximal term. */
  public TrainJob(List<int[]> batches, Sgd sgd, Augmentation augmentation) {
    this(batches, sgd, augmentation, 0);
  }

  /**
   * Sums of local training.
   *
   * @param lossSum sum of the per-sample losses, each before the step that its batch took
   * @param count samples seen, repeats counted
   */
  public record Result(double lossSum, long count) {}

  /**
   * PyTorch's SGD: g += weightDecay * w; v = momentum * v + g; w -= lr * v (without momentum w -=
   * lr * g), fp32, every product and sum rounded on its own.
   */
  public record Sgd(float lr, float momentum, float weightDecay) {}
}
