package org.zowarmup.federated.algorithm;

import java.util.List;
import java.util.function.BiConsumer;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.TrainResult;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Client;

/** Which part of the network each client of federated averaging holds, trains and sends. */
interface ClientNetworks {
  /** Parameters of a client's network, padding not counted: what a whole model of it weighs. */
  long parameters(Client client);

  /**
   * Local training.
   *
   * @param start the global weights, not changed
   * @param outs receives for each client the global weights with what it trained in their place
   * @param jobs one a client
   * @return one a client
   */
  List<TrainResult> train(
      Vector start, List<Client> clients, List<Vector> outs, List<TrainJob> jobs);

  /**
   * Applies a rule of the server to every parameter, with the answers of those clients that hold
   * it. What nobody of the round holds stays.
   *
   * @param weights the global ones, changed in place
   * @param rule changes weights by the answers that it is given
   */
  void aggregate(Vector weights, ClientChanges changes, BiConsumer<ClientChanges, Vector> rule);
}
