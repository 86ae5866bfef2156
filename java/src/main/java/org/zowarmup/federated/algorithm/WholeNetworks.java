package org.zowarmup.federated.algorithm;

import java.util.List;
import java.util.function.BiConsumer;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.TrainResult;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;

/** Every client trains the whole network. */
record WholeNetworks(FederatedContext context) implements ClientNetworks {
  @Override
  public long parameters(Client client) {
    return context.ledger().parameters();
  }

  @Override
  public List<TrainResult> train(
      Vector start, List<Client> clients, List<Vector> outs, List<TrainJob> jobs) {
    return context.executor().train(start, outs, context.images(), jobs);
  }

  @Override
  public void aggregate(
      Vector weights, ClientChanges changes, BiConsumer<ClientChanges, Vector> rule) {
    rule.accept(changes, weights);
  }
}
