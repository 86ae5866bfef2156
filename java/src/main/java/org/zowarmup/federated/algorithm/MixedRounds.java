package org.zowarmup.federated.algorithm;

import java.util.List;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.ClientClass;
import org.zowarmup.federated.Cohorts;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.random.Purpose;

/**
 * Rounds in which the high-resource clients of the cohort still back-propagate, as in the warm-up,
 * and the others send scalars (the mixed second phase that ZOWarmUp is compared with; Legate et
 * al., arXiv 2509.03503): w becomes n_H / n_Q times what federated averaging of the former makes of
 * it plus n_L / n_Q times what the zeroth-order step of the latter does. Both start from w.
 */
public final class MixedRounds implements Algorithm {
  private final FederatedContext context;
  private final WarmupConfig warmup;
  private final ZoConfig zo;
  private final double zoLr;

  /**
   * @param zo its cohort is drawn from all clients; auto means the rate for the whole cohort
   */
  public MixedRounds(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    this.context = context;
    // moments of a server optimizer would be of two kinds of steps
    this.warmup = warmup.with(zo.rounds(), warmup.proximal(), ServerConfig.PLAIN);
    this.zo = zo;
    this.zoLr = ZoSgd.learningRate(zo, context.executor().graph().layout().parameters());
  }

  @Override
  public String phase() {
    return "zo";
  }

  @Override
  public double round(int round, int roundOfPhase, Vector weights) {
    List<Client> cohort =
        Cohorts.draw(
            context.federation().clients(),
            zo.cohort(),
            context.runSeed(),
            Purpose.ZO_COHORT,
            round);
    List<Client> high = cohort.stream().filter(c -> c.type() == ClientClass.HIGH).toList();
    List<Client> low = cohort.stream().filter(c -> c.type() == ClientClass.LOW).toList();
    if (high.isEmpty()) {
      return zeroth(low, ZoProtocol.of(zo)).round(round, roundOfPhase, weights);
    }
    if (low.isEmpty()) {
      return first(high).round(round, roundOfPhase, weights);
    }
    double highShare = (double) samples(high) / samples(cohort);
    try (Vector averaged = context.executor().allocate()) {
      context.executor().vectors().copy(weights, averaged);
      double highLoss = first(high).round(round, roundOfPhase, averaged);
      double lowLoss = zeroth(low, ZoProtocol.of(zo).silent()).round(round, roundOfPhase, weights);
      double[] shares = {highShare, 1 - highShare};
      context.executor().vectors().weightedSum(weights, List.of(averaged, weights), shares);
      return highShare * highLoss + (1 - highShare) * lowLoss;
    }
  }

  private FedAvg first(List<Client> clients) {
    return new FedAvg(context, clients, warmup.withCohort(clients.size()));
  }

  private ZoSgd zeroth(List<Client> clients, ZoProtocol protocol) {
    return new ZoSgd(context, clients, zo.withCohort(clients.size(), zoLr), protocol);
  }

  private static long samples(List<Client> clients) {
    return clients.stream().mapToLong(c -> c.train().length).sum();
  }
}
