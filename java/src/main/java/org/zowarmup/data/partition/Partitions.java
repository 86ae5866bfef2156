package org.zowarmup.data.partition;

import org.zowarmup.error.ConfigException;

/** What partitions have in common. */
final class Partitions {
  private Partitions() {}

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
