package org.zowarmup.federated.methods;

import java.util.List;
import java.util.stream.Stream;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.AutoWarmUp;
import org.zowarmup.federated.algorithm.RestOfBudget;

/**
 * ZOWarmUp (Legate, Rish, Belilovsky, arXiv 2509.03503) that finds its pivot: when the warm-up has
 * flattened, at the latest after warmup.rounds; the budget of rounds stays the same.
 */
public final class ZoWarmUpAuto implements Method {
  @Override
  public String name() {
    return "zowarmup-auto";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int budget = warmup.rounds() + zo.rounds();
    AutoWarmUp first = new AutoWarmUp(context, warmup);
    return Stream.of(
            new Phase(first, warmup.rounds()),
            new Phase(new RestOfBudget(context, zo, budget), budget - first.leastRounds()))
        .filter(phase -> phase.rounds() > 0)
        .toList();
  }
}
