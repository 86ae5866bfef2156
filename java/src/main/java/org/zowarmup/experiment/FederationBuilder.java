package org.zowarmup.experiment;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.config.ClientsConfig;
import org.zowarmup.data.ClientSplit;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.Partitioner;
import org.zowarmup.data.Pools;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.ClientClass;
import org.zowarmup.federated.Federation;

/**
 * Deals the training images out to clients and chooses the high-resource ones: a function of the
 * config and the seed.
 */
final class FederationBuilder {
  private FederationBuilder() {}

  static Federation build(
      ImageSet train, Partitioner partitioner, ClientsConfig config, double validation, long seed) {
    int count = config.count();
    int[][] parts = partitioner.partition(train.labels(), train.classes(), count, seed);
    boolean[] high = Pools.highResource(count, config.high(), seed);
    List<Client> clients = new ArrayList<>();
    for (int id = 0; id < count; id++) {
      ClientSplit.Split split = ClientSplit.split(parts[id], validation, seed, id);
      ClientClass type = high[id] ? ClientClass.HIGH : ClientClass.LOW;
      clients.add(new Client(id, type, split.train(), split.validation()));
    }
    return new Federation(clients);
  }
}
