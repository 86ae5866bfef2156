package org.zowarmup.federated.methods;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.FedAvg;

/**
 * The upper bound that the setting rules out: federated averaging (McMahan et al. 2017, arXiv
 * 1602.05629) on all clients, as if the low-resource ones could back-propagate too.
 */
public final class FedAvgAll implements Method {
  @Override
  public String name() {
    return "fedavg-all";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int rounds = warmup.rounds() + zo.rounds();
    WarmupConfig all = warmup.with(rounds, warmup.proximal(), warmup.server());
    return List.of(new Phase(new FedAvg(context, context.federation().clients(), all), rounds));
  }
}
