package org.zowarmup.federated.methods;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.ClientClass;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.FedAvg;

/** High-Res-Only with Yogi on the server (Reddi et al. 2021, arXiv 2003.00295). */
public final class FedYogi implements Method {
  @Override
  public String name() {
    return "fedyogi";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int rounds = warmup.rounds() + zo.rounds();
    WarmupConfig config =
        warmup.with(rounds, warmup.proximal(), warmup.server().withOptimizer("yogi"));
    FedAvg algorithm = new FedAvg(context, context.federation().of(ClientClass.HIGH), config);
    return List.of(new Phase(algorithm, rounds));
  }
}
