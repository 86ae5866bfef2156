package org.zowarmup.federated.methods;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.ClientClass;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.FedAvg;

/**
 * High-Res-Only with a proximal term that holds clients near the global weights (FedProx; Li et al.
 * 2020, arXiv 1812.06127): mu is warmup.proximal, or 0.01 where that is 0.
 */
public final class FedProx implements Method {
  private static final double DEFAULT_MU = 0.01;

  @Override
  public String name() {
    return "fedprox";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int rounds = warmup.rounds() + zo.rounds();
    double mu = warmup.proximal() == 0 ? DEFAULT_MU : warmup.proximal();
    WarmupConfig config = warmup.with(rounds, mu, warmup.server());
    FedAvg algorithm = new FedAvg(context, context.federation().of(ClientClass.HIGH), config);
    return List.of(new Phase(algorithm, rounds));
  }
}
