package org.zowarmup.data.partition;

import java.nio.file.Path;
import java.util.List;
import org.zowarmup.data.ImageSet;
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
   * @param labels [N], each from 0 to classes - 1; a copy
   * @return one array a client of indices into {@code labels}, in the order in which they were
   *     drawn
   * @throws ConfigException if the clients cannot all have a sample; its path is {@code
   *     clients.count}
   */
  int[][] partition(int[] labels, int classes, int clients, long runSeed);

  /** The files that it reads, whose content decides what it gives. */
  default List<Path> files() {
    return List.of();
  }

  /**
   * The same for a data set, of which a kind may use more than the labels.
   *
   * @param train the training images
   */
  default int[][] partition(ImageSet train, int clients, long runSeed) {
    return partition(train.labels().clone(), train.classes(), clients, runSeed);
  }

  /**
   * Refuses more clients than n samples can serve.
   *
   * @param minSize samples that each must get, at least 1
   * @throws ConfigException naming the numbers
   */
  static void requireEnough(int n, int clients, int minSize) {
    if (clients < 1 || clients > n) {
      throw new ConfigException(
          "clients.count",
          "expected 1 to %d, as the training set has %d samples and each client needs one; found %d"
              .formatted(n, n, clients));
    }
    if (minSize > n / clients) {
      throw new ConfigException(
          "data.partition.minSize",
          "expected at most %d, as the training set has %d samples for %d clients; found %d"
              .formatted(n / clients, n, clients, minSize));
    }
  }

  /** Samples of a client when all n are dealt out evenly: the first n mod clients have one more. */
  static int evenSize(int n, int clients, int client) {
    return n / clients + (client < n % clients ? 1 : 0);
  }
}
