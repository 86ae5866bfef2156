package org.zowarmup.federated;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;

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
    FedAvg average = new FedAvg(context, context.federation().of(ClientClass.HIGH), warmup);
    return List.of(new Phase(average, warmup.rounds() + zo.rounds()));
  }
}
