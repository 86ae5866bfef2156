package org.zowarmup.federated.algorithm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.LocalTrainer;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
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
  private final LocalTrainer subOrNull;
  private final SubNetwork.Index indexOrNull;

  private ClientNetworks(
      FederatedContext context, LocalTrainer subOrNull, SubNetwork.Index indexOrNull) {
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
    LocalTrainer sub = context.executor().sub();
    return new ClientNetworks(
        context,
        sub,
        new SubNetwork.Index(context.executor().graph().layout(), sub.graph().layout()));
  }

  private boolean isWhole(Client client) {
    return subOrNull == null || client.type() == Client.Type.HIGH;
  }

  /** Parameters of a client's network, padding not counted: what a whole model of it weighs. */
  long parameters(Client client) {
    return isWhole(client) ? context.parameters() : subOrNull.graph().layout().parameters();
  }

  /**
   * Local training.
   *
   * @param start the global weights, not changed
   * @param outs receives for each client the global weights with what it trained in their place
   * @param jobs one a client
   * @return one a client
   */
  List<TrainJob.Result> train(
      Vector start, List<Client> clients, List<Vector> outs, List<TrainJob> jobs) {
    TrainJob.Result[] results = new TrainJob.Result[clients.size()];
    int[] whole = places(clients, true);
    int[] part = places(clients, false);
    put(
        results,
        whole,
        context.executor().train(start, pick(outs, whole), context.images(), pick(jobs, whole)));
    put(results, part, trainPart(start, pick(outs, part), pick(jobs, part)));
    return Arrays.asList(results);
  }

  /** Places of the clients that hold the whole network, or of the others. */
  private int[] places(List<Client> clients, boolean whole) {
    return IntStream.range(0, clients.size())
        .filter(i -> isWhole(clients.get(i)) == whole)
        .toArray();
  }

  private static <T> List<T> pick(List<T> all, int[] places) {
    return IntStream.of(places).mapToObj(all::get).toList();
  }

  private static void put(TrainJob.Result[] results, int[] places, List<TrainJob.Result> own) {
    for (int i = 0; i < places.length; i++) {
      results[places[i]] = own.get(i);
    }
  }

  /** Trains the sub-network, and puts the global weights around what comes out. */
  private List<TrainJob.Result> trainPart(Vector start, List<Vector> outs, List<TrainJob> jobs) {
    if (jobs.isEmpty()) {
      return List.of();
    }
    float[] global = start.read();
    List<Vector> trained = new ArrayList<>();
    try (Vector slice = subOrNull.allocate()) {
      slice.write(indexOrNull.slice(global));
      for (int i = 0; i < jobs.size(); i++) {
        trained.add(subOrNull.allocate());
      }
      List<TrainJob.Result> results = subOrNull.train(slice, trained, context.images(), jobs);
      for (int i = 0; i < outs.size(); i++) {
        float[] whole = global.clone();
        indexOrNull.scatter(trained.get(i).read(), whole);
        outs.get(i).write(whole);
      }
      return results;
    } finally {
      trained.forEach(Vector::close);
    }
  }

  /**
   * Applies a rule of the server to every parameter, with the answers of those clients that hold
   * it. Parameters that no one of the round holds stay.
   *
   * @param weights the global ones, changed in place
   * @param rule changes weights by the answers that it is given
   */
  public void aggregate(
      Vector weights, ClientChanges changes, BiConsumer<ClientChanges, Vector> rule) {
    if (changes.clients().stream().allMatch(this::isWhole)) {
      rule.accept(changes, weights);
      return;
    }
    try (Vector others = context.executor().allocate()) {
      context.executor().vectors().copy(weights, others);
      rule.accept(changes.of(Client.Type.HIGH), others);
      rule.accept(changes, weights);
      float[] whole = others.read();
      indexOrNull.copyHeld(weights.read(), whole);
      weights.write(whole);
    }
  }
}
