package org.zowarmup.device;

import java.util.List;

/**
 * Local SGD from given weights; the optimizer state starts at zero.
 *
 * @param batches indices into the resident images, one array a step; a step's gradient is that of
 *     the mean loss of its batch
 * @param augmentation of the images, whose positions run on from batch to batch
 */
public record TrainJob(List<int[]> batches, Sgd sgd, Augmentation augmentation) {
  public TrainJob {
    batches = List.copyOf(batches);
  }

  /** Training on images as they are. */
  public TrainJob(List<int[]> batches, Sgd sgd) {
    this(batches, sgd, Augmentation.NONE);
  }
}
