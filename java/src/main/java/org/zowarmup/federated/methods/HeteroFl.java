package org.zowarmup.federated.methods;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.federated.algorithm.SubNetworks;

/**
 * HeteroFL (Diao, Ding and Tarokh 2021, arXiv 2010.01264, algorithm 1) with two levels: federated
 * averaging on all clients for all rounds, in which the low-resource ones train the first part of
 * every layer's channels ({@code heterofl.width}), and each parameter is averaged over those who
 * hold it. Its scaler ({@code heterofl.scaler}) is part of the sub-network ({@link
 * org.zowarmup.nn.SubNetwork#withScaler}); its batch norm without running statistics has no use
 * here, since group norm has none either.
 */
public final class HeteroFl implements Method {
  @Override
  public String name() {
    return "heterofl";
  }

  @Override
  public boolean trainsSubNetwork() {
    return true;
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int rounds = warmup.rounds() + zo.rounds();
    WarmupConfig all = warmup.with(rounds, warmup.proximal(), warmup.server());
    List<Client> clients = context.federation().clients();
    return List.of(new Phase(new FedAvg(context, clients, all, new SubNetworks(context)), rounds));
  }
}
