package org.zowarmup.federated.methods;

import java.util.List;
import java.util.stream.Stream;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.ClientClass;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Federation;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.federated.algorithm.ZoSgd;

/**
 * ZOWarmUp (Legate, Rish, Belilovsky, arXiv 2509.03503): federated averaging on the high-resource
 * clients up to the pivot, then zeroth-order steps on all clients.
 */
public final class ZoWarmUp implements Method {
  @Override
  public String name() {
    return "zowarmup";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    Federation federation = context.federation();
    return Stream.of(
            new Phase(
                new FedAvg(context, federation.of(ClientClass.HIGH), warmup), warmup.rounds()),
            new Phase(new ZoSgd(context, federation.clients(), zo), zo.rounds()))
        .filter(phase -> phase.rounds() > 0)
        .toList();
  }
}
