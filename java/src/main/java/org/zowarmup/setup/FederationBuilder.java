package org.zowarmup.setup;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.zowarmup.config.ClientsConfig;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.partition.ClientSplit;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.error.ConfigException;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.Federation;

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
    int[][] parts = partitioner.partition(train.labels(), train.classes(), count, seed);
    boolean[] high = ClientClasses.high(config, memory, seed);
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

  /** How many clients memory budgets make high-resource is known only now. */
  private static void requireCohort(RunConfig run, int high) {
    if (run.warmup().cohort() > high) {
      throw new ConfigException(
          "warmup.cohort",
          "expected at most the number of high-resource clients, %d by clients.memory; found %d"
              .formatted(high, run.warmup().cohort()));
    }
  }
}
