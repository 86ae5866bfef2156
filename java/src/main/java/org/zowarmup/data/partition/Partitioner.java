package org.zowarmup.data.partition;

import org.zowarmup.error.ConfigException;
import org.zowarmup.random.Purpose;

/**
 * Deals the samples of a data set out to clients. A kind of partition is a record: its components
 * are the keys of {@code data.partition}, with {@link org.zowarmup.plugin.Key} and {@link
 * org.zowarmup.plugin.Range}, and its public constructor without arguments makes the defaults.
 * {@link java.util.ServiceLoader} finds it.
 */
public interface Partitioner {
  /** The value of {@code data.partition.kind}. */
  String kind();

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
