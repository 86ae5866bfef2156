package org.zowarmup.data.partition;

import org.zowarmup.error.ConfigException;
import org.zowarmup.random.Purpose;

/** Deals the samples of a data set out to clients. */
public interface Partitioner {
  /**
   * The samples that each client holds. No sample goes to two clients. All randomness is {@link
   * Purpose#PARTITION} of the run seed and the client, so the result is a function of the
   * arguments.
   *
   * @param labels [N], each from 0 to classes - 1
   * @return one array a client of indices into {@code labels}, in the order in which they were
   *     drawn
   * @throws ConfigException if the clients cannot all have a sample; its path is {@code
   *     clients.count}
   */
  int[][] partition(int[] labels, int classes, int clients, long runSeed);
}
