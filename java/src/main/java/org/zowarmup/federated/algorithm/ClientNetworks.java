package org.zowarmup.federated.algorithm;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.Training;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.SubNetwork;

/**
 * Chooses the part of the network that each client of federated averaging holds, trains and sends:
 * the whole network, or for low-resource clients the executor's sub-network of it (HeteroFL; Diao,
 * Ding and Tarokh 2021, arXiv 2010.01264, algorithm 1). The server's rule is then applied twice, to
 * all answers for the parameters that all clients hold and to those of the high-resource clients
 * for the others; with the mean this is the aggregation of section 3 with two levels, weighted by
 * n_i where the paper counts every client alike.
 */
public final class ClientNetworks {
  private final FederatedContext context;
  private final ParameterLayout subOrNull;
  private final SubNetwork.Index indexOrNull;

  private ClientNetworks(
      FederatedContext context, ParameterLayout subOrNull, SubNetwork.Index indexOrNull) {
    this.context = context;
    this.subOrNull = subOrNull;
    this.indexOrNull = indexOrNull;
  }

  /** Every client trains the whole network. */
  public static ClientNetworks whole(FederatedContext context) {
    return new ClientNetworks(context, null, null);
  }

  /** Low-resource clients train the sub-network. */
  public static ClientNetworks byClass(FederatedContext context) {
    ParameterLayout whole = context.executor().graph().layout();
    ParameterLayout sub = context.executor().subGraph().layout();
    return new ClientNetworks(context, sub, new SubNetwork.Index(whole, sub));
  }

  /** Says whether all clients hold the same. */
  boolean isOne() {
    return subOrNull == null;
  }

  private boolean isWhole(Client client) {
    return subOrNull == null || client.type() == Client.Type.HIGH;
  }

  /** Parameters of a client's network, padding not counted: what a whole model of it weighs. */
  long parameters(Client client) {
    return isWhole(client) ? context.parameters() : subOrNull.parameters();
  }

  /** Floating-point operations of an image's forward pass through a client's network. */
  long forwardFlops(Client client) {
    return isWhole(client)
        ? context.executor().graph().forwardFlops()
        : context.executor().subGraph().forwardFlops();
  }

  /**
   * Trains the clients.
   *
   * @param jobs one a client
   * @param changes receives the answers
   * @return one a client
   */
  List<TrainJob.Result> train(
      Vector start, List<Client> clients, List<TrainJob> jobs, ClientChanges changes) {
    List<Training> trainings = new ArrayList<>();
    for (int i = 0; i < jobs.size(); i++) {
      trainings.add(new Training(jobs.get(i), !isWhole(clients.get(i))));
    }
    float[] part = indexOrNull == null ? null : indexOrNull.slice(start.read());
    return context.executor().train(start, part, context.images(), trainings, changes);
  }

  /** What a client has trained, with the global weights around it. */
  float[] whole(Client client, float[] trained, float[] global) {
    if (isWhole(client)) {
      return trained;
    }
    float[] whole = global.clone();
    indexOrNull.scatter(trained, whole);
    return whole;
  }

  /** A rule of the server. */
  public interface Rule {
    /**
     * @param weights changed by the answers
     * @param highOnly whether by those of the high-resource clients alone
     */
    void apply(Vector weights, boolean highOnly);
  }

  /**
   * Applies a rule of the server to every parameter, with the answers of those clients that hold
   * it. Parameters that no one of the round holds stay.
   *
   * @param weights the global ones, changed in place
   * @param clients whose answers were taken
   */
  public void aggregate(Vector weights, List<Client> clients, Rule rule) {
    if (clients.stream().allMatch(this::isWhole)) {
      rule.apply(weights, false);
      return;
    }
    try (Vector others = context.executor().allocate()) {
      context.executor().vectors().copy(weights, others);
      rule.apply(others, true);
      rule.apply(weights, false);
      float[] whole = others.read();
      indexOrNull.copyHeld(weights.read(), whole);
      weights.write(whole);
    }
  }
}
