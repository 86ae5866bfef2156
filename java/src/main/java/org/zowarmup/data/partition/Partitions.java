package org.zowarmup.data.partition;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.zowarmup.data.Providers;
import org.zowarmup.error.ConfigException;

/** The kinds of partition on the class path. */
public final class Partitions {
  private Partitions() {}

  /**
   * @throws ConfigException if no partition of this kind is on the class path
   */
  public static PartitionerProvider<?> find(String kind) {
    return Providers.find(all(), PartitionerProvider::kind, "data.partition.kind", kind);
  }

  /** Every kind of partition on the class path. */
  public static List<PartitionerProvider<?>> all() {
    List<PartitionerProvider<?>> all = new ArrayList<>();
    ServiceLoader.load(PartitionerProvider.class).forEach(all::add);
    return all;
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
