package org.zowarmup.federated.methods;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Message;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.Estimate;
import org.zowarmup.federated.algorithm.ZoProtocol;
import org.zowarmup.federated.algorithm.ZoSgd;

/**
 * FedKSeed (Qin et al. 2024, arXiv 2312.06353, algorithm 1): as many seeds as zo.poolSeeds serve
 * the whole run; a client takes steps of one direction each, drawn from that pool, and sends its
 * scalars with their numbers. Who was absent gets one sum a seed. From scratch, on all clients, for
 * all rounds.
 */
public final class FedKSeed implements Method {
  @Override
  public String name() {
    return "fedkseed";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int rounds = warmup.rounds() + zo.rounds();
    ZoConfig sequential = zo.with(rounds, 1, true, zo.seeds() * zo.localSteps());
    context.ledger().offerToAbsent(new Message.Accumulator(zo.poolSeeds()));
    ZoSgd algorithm =
        new ZoSgd(
            context, context.federation().clients(), sequential, ZoProtocol.pool(zo.poolSeeds()));
    return List.of(new Phase(algorithm, rounds));
  }

  @Override
  public void check(WarmupConfig warmup, ZoConfig zo) {
    Estimate.requireOneDirectionToDo(zo, name());
  }
}
