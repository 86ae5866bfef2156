package org.zowarmup.data.partition;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.zowarmup.data.ImageSet;
import org.zowarmup.error.ConfigException;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Every client is a user of the data set, with that user's images. Where there are more users than
 * clients they are drawn, all alike; clients keep the order of the users.
 */
public record Natural(
    @Key("images that a user must have to become a client") @Range(min = 1, max = 1_000_000)
        int minSize)
    implements Partitioner {
  /** The defaults. */
  public Natural() {
    this(1);
  }

  @Override
  public String kind() {
    return "natural";
  }

  @Override
  public int[][] partition(int[] labels, int classes, int clients, long runSeed) {
    throw new ConfigException(
        "data.partition.kind",
        "expected another kind than natural, as the images of this data set belong to no users;"
            + " LEAF's and TensorFlow Federated's do");
  }

  @Override
  public int[][] partition(ImageSet train, int clients, long runSeed) {
    ImageSet.Users users = train.usersOrNull();
    if (users == null) {
      return partition(train.labels(), train.classes(), clients, runSeed);
    }
    int[] sizes = new int[users.names().size()];
    for (int user : users.of()) {
      sizes[user]++;
    }
    int[] fit = IntStream.range(0, sizes.length).filter(user -> sizes[user] >= minSize).toArray();
    if (clients < 1 || clients > fit.length) {
      throw new ConfigException(
          "clients.count",
          "expected 1 to %d, the users with at least %d images of %d in all; found %d"
              .formatted(fit.length, minSize, sizes.length, clients));
    }
    int[] chosen = fit;
    if (clients < fit.length) {
      int[] drawn =
          SamplePool.all(fit.length)
              .take(
                  NamedRandom.generator(runSeed, Purpose.PARTITION, NamedRandom.NONE, 0, 0),
                  clients);
      chosen = Arrays.stream(drawn).sorted().map(i -> fit[i]).toArray();
    }
    int[] clientOf = new int[sizes.length];
    Arrays.fill(clientOf, -1);
    int[][] parts = new int[clients][];
    for (int client = 0; client < clients; client++) {
      clientOf[chosen[client]] = client;
      parts[client] = new int[sizes[chosen[client]]];
    }
    int[] next = new int[clients];
    for (int image = 0; image < train.count(); image++) {
      int client = clientOf[users.of()[image]];
      if (client >= 0) {
        parts[client][next[client]++] = image;
      }
    }
    return parts;
  }
}
