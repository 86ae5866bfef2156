package org.zowarmup.setup;

import org.zowarmup.config.RunConfig;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;

/**
 * Memory that a client needs beside its images to take part.
 *
 * @param trainBytes a training step with the config's batch
 * @param probeBytes a probe with the config's batch
 */
public record ClientMemory(long trainBytes, long probeBytes) {
  public static ClientMemory of(RunConfig config, Graph graph) {
    return new ClientMemory(
        Plan.forwardBackward(graph, config.warmup().batch()).clientBytes(),
        Plan.forward(graph, probeBatch(config)).clientBytes());
  }

  /** Images of one pass of a probe; a whole local set runs in passes of an evaluation's size. */
  public static int probeBatch(RunConfig config) {
    return config.zo().batch() == 0 ? config.evaluate().batch() : config.zo().batch();
  }
}
