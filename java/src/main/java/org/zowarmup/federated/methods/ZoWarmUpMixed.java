package org.zowarmup.federated.methods;

import java.util.List;
import java.util.stream.Stream;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.ClientClass;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.federated.algorithm.MixedRounds;

/**
 * ZOWarmUp (Legate, Rish, Belilovsky, arXiv 2509.03503) whose high-resource clients go on with
 * first-order steps after the pivot, while the others take zeroth-order ones.
 */
public final class ZoWarmUpMixed implements Method {
  @Override
  public String name() {
    return "zowarmup-mixed";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    List<Client> high = context.federation().of(ClientClass.HIGH);
    return Stream.of(
            new Phase(new FedAvg(context, high, warmup), warmup.rounds()),
            new Phase(new MixedRounds(context, warmup, zo), zo.rounds()))
        .filter(phase -> phase.rounds() > 0)
        .toList();
  }
}
