package org.zowarmup.data.partition;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.commons.rng.sampling.ArraySampler;
import org.zowarmup.error.ConfigException;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * The pathological partition of McMahan et al., "Communication-efficient learning of deep networks
 * from decentralized data", AISTATS 2017 (arXiv 1602.05629, section 3): the samples, sorted by
 * label, are cut into clients times {@code perClient} shards of equal size, and each client gets
 * that many of them at random. With two shards most clients have samples of two classes only. Shard
 * sizes differ by one where the samples do not divide; every sample goes to exactly one client.
 */
public record Shards(
    @Key("shards that every client gets") @Range(min = 1, max = 1_000_000) int perClient)
    implements Partitioner {
  /** The defaults. */
  public Shards() {
    this(2);
  }

  @Override
  public String kind() {
    return "shards";
  }

  @Override
  public int[][] partition(int[] labels, int classes, int clients, long runSeed) {
    Partitioner.requireEnough(labels.length, clients, 1);
    long shards = (long) clients * perClient;
    if (shards > labels.length) {
      throw new ConfigException(
          "data.partition.perClient",
          "expected at most %d shards for %d clients, as the training set has %d samples and each shard needs one; found %d"
              .formatted(labels.length / clients, clients, labels.length, perClient));
    }
    int[] sorted =
        Arrays.stream(SamplePool.indicesByClass(labels, classes))
            .flatMapToInt(IntStream::of)
            .toArray();
    int[] order = IntStream.range(0, (int) shards).toArray();
    ArraySampler.shuffle(
        NamedRandom.generator(runSeed, Purpose.PARTITION, NamedRandom.NONE, NamedRandom.NONE, 0),
        order);
    int[][] parts = new int[clients][];
    for (int client = 0; client < clients; client++) {
      parts[client] =
          IntStream.range(client * perClient, (client + 1) * perClient)
              .map(i -> order[i])
              .sorted()
              .flatMap(shard -> samples(sorted, shard, shards))
              .toArray();
    }
    return parts;
  }

  private static IntStream samples(int[] sorted, long shard, long shards) {
    int from = (int) (shard * sorted.length / shards);
    int to = (int) ((shard + 1) * sorted.length / shards);
    return IntStream.range(from, to).map(i -> sorted[i]);
  }
}
