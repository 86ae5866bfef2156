package org.zowarmup.federated.algorithm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.TrainResult;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.LocalTrainer;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.ClientClass;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.nn.SubNetworkIndex;

/**
 * High-resource clients train the whole network, low-resource ones the executor's sub-network of it
 * (HeteroFL; Diao, Ding and Tarokh 2021, arXiv 2010.01264, algorithm 1). The server's rule is
 * applied twice, to all answers for the parameters that everybody holds and to those of the
 * high-resource clients for the others; with the mean this is the aggregation of section 3 with two
 * levels, weighted by n_i where the paper counts every client alike.
 */
public final class SubNetworks implements ClientNetworks {
  private final FederatedContext context;
  private final LocalTrainer sub;
  private final SubNetworkIndex index;

  public SubNetworks(FederatedContext context) {
    this.context = context;
    this.sub = context.executor().sub();
    this.index = new SubNetworkIndex(context.executor().graph().layout(), sub.graph().layout());
  }

  private static boolean isWhole(Client client) {
    return client.type() == ClientClass.HIGH;
  }

  @Override
  public long parameters(Client client) {
    return isWhole(client) ? context.ledger().parameters() : sub.graph().layout().parameters();
  }

  @Override
  public List<TrainResult> train(
      Vector start, List<Client> clients, List<Vector> outs, List<TrainJob> jobs) {
    TrainResult[] results = new TrainResult[clients.size()];
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
  private static int[] places(List<Client> clients, boolean whole) {
    return IntStream.range(0, clients.size())
        .filter(i -> isWhole(clients.get(i)) == whole)
        .toArray();
  }

  private static <T> List<T> pick(List<T> all, int[] places) {
    return IntStream.of(places).mapToObj(all::get).toList();
  }

  private static void put(TrainResult[] results, int[] places, List<TrainResult> own) {
    for (int i = 0; i < places.length; i++) {
      results[places[i]] = own.get(i);
    }
  }

  /** Trains the sub-network, and puts the global weights around what comes out. */
  private List<TrainResult> trainPart(Vector start, List<Vector> outs, List<TrainJob> jobs) {
    if (jobs.isEmpty()) {
      return List.of();
    }
    float[] global = start.read();
    List<Vector> trained = new ArrayList<>();
    try (Vector slice = sub.allocate()) {
      slice.write(index.slice(global));
      for (int i = 0; i < jobs.size(); i++) {
        trained.add(sub.allocate());
      }
      List<TrainResult> results = sub.train(slice, trained, context.images(), jobs);
      for (int i = 0; i < outs.size(); i++) {
        float[] whole = global.clone();
        index.scatter(trained.get(i).read(), whole);
        outs.get(i).write(whole);
      }
      return results;
    } finally {
      trained.forEach(Vector::close);
    }
  }

  @Override
  public void aggregate(
      Vector weights, ClientChanges changes, BiConsumer<ClientChanges, Vector> rule) {
    if (changes.clients().stream().allMatch(SubNetworks::isWhole)) {
      rule.accept(changes, weights);
      return;
    }
    try (Vector others = context.executor().allocate()) {
      context.executor().vectors().copy(weights, others);
      rule.accept(changes.of(ClientClass.HIGH), others);
      rule.accept(changes, weights);
      float[] whole = others.read();
      index.copyHeld(weights.read(), whole);
      weights.write(whole);
    }
  }
}
