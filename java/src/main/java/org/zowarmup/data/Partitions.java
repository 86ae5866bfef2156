package org.zowarmup.data;

import java.util.ServiceLoader;
import org.zowarmup.error.ConfigException;

/** The kinds of partition on the class path. */
public final class Partitions {
  private Partitions() {}

  /**
   * @throws ConfigException if no partition of this kind is on the class path
   */
  public static PartitionerProvider<?> find(String kind) {
    return Providers.find(
        ServiceLoader.load(PartitionerProvider.class),
        PartitionerProvider::kind,
        "data.partition.kind",
        kind);
  }

  /**
   * Samples a client when n are dealt out evenly: floor(n / clients).
   *
   * @throws ConfigException if that is none
   */
  static int samplesPerClient(int n, int clients) {
    if (clients < 1 || clients > n) {
      throw new ConfigException(
          "clients.count",
          "expected 1 to %d, as the training set has %d samples and each client needs one; found %d"
              .formatted(n, n, clients));
    }
    return n / clients;
  }
}
