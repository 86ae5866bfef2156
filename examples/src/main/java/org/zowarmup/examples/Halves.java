package org.zowarmup.examples;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * A partition: every client holds samples of the lower or of the upper half of the classes, mixed
 * by a part.
 */
public record Halves(
    @Key("part of the samples that goes to any client") @Range(min = 0, max = 1) double mixed)
    implements Partitioner {
  /** The defaults. */
  public Halves() {
    this(0.1);
  }

  @Override
  public String kind() {
    return "halves";
  }

  @Override
  public int[][] partition(int[] labels, int classes, int clients, long runSeed) {
    Partitioner.requireEnough(labels.length, clients, 1);
    var random =
        NamedRandom.generator(runSeed, Purpose.PARTITION, NamedRandom.NONE, NamedRandom.NONE, 0);
    int[][] parts = new int[clients][0];
    int[] half = IntStream.of(labels).map(label -> label < (classes + 1) / 2 ? 0 : 1).toArray();
    for (int i = 0; i < labels.length; i++) {
      boolean anywhere = random.nextDouble() < mixed || clients == 1;
      int client = random.nextInt(clients);
      if (!anywhere && client % 2 != half[i]) {
        client = client == clients - 1 ? client - 1 : client + 1;
      }
      // the first samples see to it that no client is left without one
      client = i < clients ? i : client;
      parts[client] = Arrays.copyOf(parts[client], parts[client].length + 1);
      parts[client][parts[client].length - 1] = i;
    }
    return parts;
  }
}
