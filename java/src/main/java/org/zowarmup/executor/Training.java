package org.zowarmup.executor;

import org.zowarmup.device.TrainJob;

/**
 * The local training of one client.
 *
 * @param sub whether it trains the workload's sub-network instead of the whole network
 */
public record Training(TrainJob job, boolean sub) {
  /** Samples that it runs through, repeats counted: what it costs, but for a factor. */
  long cost() {
    return job.batches().stream().mapToLong(batch -> batch.length).sum();
  }
}
