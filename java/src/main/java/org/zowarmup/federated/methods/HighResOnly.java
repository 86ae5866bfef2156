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
 * The baseline that leaves the low-resource clients out: federated averaging on the high-resource
 * ones for all rounds.
 */
public final class HighResOnly implements Method {
  @Override
  public String name() {
    return "high-res-only";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int rounds = warmup.rounds() + zo.rounds();
    WarmupConfig whole = warmup.with(rounds, warmup.proximal(), warmup.server());
    FedAvg average = new FedAvg(context, context.federation().of(ClientClass.HIGH), whole);
    return List.of(new Phase(average, rounds));
  }
}
