package org.zowarmup.federated.methods;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.ZoSgd;

/**
 * DeComFL (Li et al. 2025, arXiv 2405.15861, algorithm 3): all clients of a round probe the same
 * seeds, so the server sends back one scalar a seed, and who was absent catches up from the log of
 * them. From scratch, on all clients, for all rounds; zo.localSteps is its K, zo.seeds its P.
 */
public final class DeComFl implements Method {
  @Override
  public String name() {
    return "decomfl";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int rounds = warmup.rounds() + zo.rounds();
    ZoConfig shared = zo.with(rounds, zo.seeds(), false, zo.localSteps());
    return List.of(new Phase(new ZoSgd(context, context.federation().clients(), shared), rounds));
  }
}
