package org.zowarmup.federated;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;

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
    int rounds = warmup.rounds() + zo.rounds();
    return List.of(new Phase(new AutoPivot(context, warmup, zo), rounds));
  }
}
