package org.zowarmup.federated.methods;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.ZoProtocol;
import org.zowarmup.federated.algorithm.ZoSgd;

/**
 * FedZO (Fang et al. 2022, arXiv 2201.09531, algorithm 1): clients take local zeroth-order steps
 * and send what became of their weights, a whole vector. The paper's estimate is one-sided along
 * the sphere; here it is what zo.estimate says, along random signs or normal deviates. From
 * scratch, on all clients, for all rounds.
 */
public final class FedZo implements Method {
  @Override
  public String name() {
    return "fedzo";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int rounds = warmup.rounds() + zo.rounds();
    ZoConfig own = zo.with(rounds, zo.seeds(), true, zo.localSteps());
    ZoSgd algorithm = new ZoSgd(context, context.federation().clients(), own, ZoProtocol.vectors());
    return List.of(new Phase(algorithm, rounds));
  }
}
