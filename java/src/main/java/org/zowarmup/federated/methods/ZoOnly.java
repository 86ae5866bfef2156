package org.zowarmup.federated.methods;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.ZoSgd;

/**
 * Zeroth-order training from scratch: the second phase of ZOWarmUp (Legate, Rish, Belilovsky, arXiv
 * 2509.03503) on all clients for all rounds, as with a pivot at 0.
 */
public final class ZoOnly implements Method {
  @Override
  public String name() {
    return "zo-only";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int rounds = warmup.rounds() + zo.rounds();
    ZoConfig whole = zo.with(rounds, zo.seeds(), zo.ownSeeds(), zo.localSteps());
    return List.of(new Phase(new ZoSgd(context, context.federation().clients(), whole), rounds));
  }
}
