package org.zowarmup.device;

import java.util.List;

/**
 * Local SGD from given weights; the optimizer state starts at zero.
 *
 * @param batches indices into the resident images, one array a step; a step's gradient is that of
 *     the mean loss of its batch
 */
public record TrainJob(List<int[]> batches, Sgd sgd) {
  public TrainJob {
    batches = List.copyOf(batches);
  }
}
