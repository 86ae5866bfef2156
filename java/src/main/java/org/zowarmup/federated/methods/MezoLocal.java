package org.zowarmup.federated.methods;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.Estimate;
import org.zowarmup.federated.algorithm.ZoSgd;

/**
 * Sequential local steps in the manner of MeZO (Malladi et al. 2023, arXiv 2305.17333): a client
 * spends its probes of a round on as many steps of one direction each, going on from its own
 * weights, where ZOWarmUp takes one step along their mean. From scratch, on all clients, for all
 * rounds.
 */
public final class MezoLocal implements Method {
  @Override
  public String name() {
    return "mezo-local";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int rounds = warmup.rounds() + zo.rounds();
    ZoConfig sequential = zo.with(rounds, 1, true, zo.seeds() * zo.localSteps());
    return List.of(
        new Phase(new ZoSgd(context, context.federation().clients(), sequential), rounds));
  }

  @Override
  public void check(WarmupConfig warmup, ZoConfig zo) {
    Estimate.requireOneDirectionToDo(zo, name());
  }
}
