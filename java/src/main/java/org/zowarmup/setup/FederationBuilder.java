package org.zowarmup.setup;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import org.zowarmup.config.ClientsConfig;
import org.zowarmup.config.HighResource;
import org.zowarmup.config.MemoryBudgets;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.partition.ClientSplit;
import org.zowarmup.data.partition.HighResourceDraw;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.error.ConfigException;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.Federation;
import org.zowarmup.plugin.Own;

/**
 * Deals the training images out to clients and chooses the high-resource ones: a function of the
 * config and the seed.
 */
public final class FederationBuilder {
  private FederationBuilder() {}

  public static Federation build(
      ImageSet train,
      Partitioner partitioner,
      RunConfig run,
      Supplier<ClientMemory> memory,
      long seed) {
    ClientsConfig config = run.clients();
    int count = config.count();
    int[][] parts =
        Own.named(Partitioner.class, "partition", partitioner).partition(train, count, seed);
    requireSound(parts, count, train.count(), Own.name(partitioner));
    boolean[] high = high(config, memory, seed);
    List<Client> clients = new ArrayList<>();
    for (int id = 0; id < count; id++) {
      ClientSplit.Split split = ClientSplit.split(parts[id], run.data().validation(), seed, id);
      Client.Type type = high[id] ? Client.Type.HIGH : Client.Type.LOW;
      clients.add(new Client(id, type, split.train(), split.validation()));
    }
    Federation federation = new Federation(clients);
    requireCohort(run, federation.of(Client.Type.HIGH).size());
    return federation;
  }

  /** A partition of a user's own may be anything. */
  private static void requireSound(int[][] parts, int clients, int images, String whose) {
    String found = parts.length == clients ? "" : parts.length + " rows";
    BitSet taken = new BitSet(images);
    for (int client = 0; client < parts.length && found.isEmpty(); client++) {
      if (parts[client] == null || parts[client].length == 0) {
        found = "none of client " + client;
        continue;
      }
      for (int index : parts[client]) {
        if (index < 0 || index >= images || taken.get(index)) {
          found = index + " of client " + client + (index < 0 || index >= images ? "" : " again");
          break;
        }
        taken.set(index);
      }
    }
    if (!found.isEmpty()) {
      throw new ConfigException(
          "data.partition",
          "expected a row of indices from 0 to %d for each of %d clients, no index twice; found %s, from %s"
              .formatted(images - 1, clients, found, whose));
    }
  }

  /** Checked here because only now is it known which clients their memory makes high-resource. */
  private static void requireCohort(RunConfig run, int high) {
    if (run.warmup().cohort() > high) {
      throw new ConfigException(
          "warmup.cohort",
          "expected at most the number of high-resource clients, %d by clients.memory; found %d"
              .formatted(high, run.warmup().cohort()));
    }
  }

  /**
   * Chooses the high-resource clients: by share, by list, or by what their memory holds.
   *
   * @param memory asked for with memory budgets only
   * @return true at the number of each high-resource client
   * @throws ConfigException where a client's memory does not hold a probe, or no one's a training
   *     step
   */
  static boolean[] high(ClientsConfig config, Supplier<ClientMemory> memory, long seed) {
    HighResource rule = config.high();
    if (rule instanceof HighResource.Listed listed) {
      boolean[] high = new boolean[config.count()];
      listed.clients().forEach(client -> high[client] = true);
      return high;
    }
    return rule instanceof HighResource.ByMemory
        ? byMemory(config, memory.get(), seed)
        : drawn(config.count(), List.of(config.mostHigh()), new boolean[] {true}, seed);
  }

  private static boolean[] byMemory(ClientsConfig config, ClientMemory needs, long seed) {
    List<MemoryBudgets.Group> groups = config.memory().groups(config.count());
    boolean[] trains = new boolean[groups.size()];
    int trainers = 0;
    for (int g = 0; g < trains.length; g++) {
      MemoryBudgets.Group group = groups.get(g);
      trains[g] = group.bytes() >= needs.trainBytes();
      trainers += trains[g] ? group.clients() : 0;
      if (group.clients() > 0 && group.bytes() < needs.probeBytes()) {
        throw new ConfigException(
            "clients.memory",
            "expected at least %,d bytes for every client, what a probe needs; found %d clients with %,d; give them more, lower zo.batch, or choose a smaller model"
                .formatted(needs.probeBytes(), group.clients(), group.bytes()));
      }
    }
    if (trainers == 0) {
      throw new ConfigException(
          "clients.memory",
          "expected at least one client with %,d bytes, what a training step needs; found none; give some more, lower warmup.batch, or choose a smaller model"
              .formatted(needs.trainBytes()));
    }
    List<Integer> sizes = groups.stream().map(MemoryBudgets.Group::clients).toList();
    return drawn(config.count(), sizes, trains, seed);
  }

  private static boolean[] drawn(int count, List<Integer> sizes, boolean[] highGroup, long seed) {
    int[] groupOf = HighResourceDraw.groups(count, sizes, seed);
    boolean[] high = new boolean[count];
    for (int client = 0; client < count; client++) {
      high[client] = groupOf[client] < highGroup.length && highGroup[groupOf[client]];
    }
    return high;
  }
}
