package org.zowarmup.federated.algorithm;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.CohortSampling;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Round;
import org.zowarmup.random.Purpose;

/**
 * Runs rounds in which the high-resource clients of the cohort still back-propagate, as in the
 * warm-up, and the others send scalars (the mixed second phase that ZOWarmUp is compared with;
 * Legate et al., arXiv 2509.03503): w becomes n_H / n_Q times what federated averaging of the
 * former makes of it plus n_L / n_Q times what the zeroth-order step of the latter does. Both start
 * from w.
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
    this.warmup = warmup.withRounds(zo.rounds()).withServer(ServerConfig.PLAIN);
    this.zo = zo;
    this.zoLr = ZoSgd.learningRate(zo, context.executor().graph().layout().parameters());
  }

  @Override
  public String phase() {
    return "zo";
  }

  @Override
  public List<String> schedules() {
    return Stream.of(
            warmup.schedule().of("warmup.schedule"),
            zo.schedule().of("zo.schedule"),
            zo.epsilonSchedule().of("zo.epsilonSchedule"))
        .flatMap(List::stream)
        .toList();
  }

  @Override
  public Map<String, Double> learningRates(Round.Key key) {
    int round = key.roundOfPhase();
    double first = warmup.lr() * warmup.schedule().factor(round, warmup.rounds());
    return Map.of("warmup.lr", first, "zo.lr", zoLr * zo.schedule().factor(round, zo.rounds()));
  }

  private List<Client> cohort(Round.Key key, Client.Type type) {
    List<Client> all = context.federation().clients();
    return CohortSampling.draw(all, zo.cohort(), context.runSeed(), Purpose.ZO_COHORT, key.round())
        .stream()
        .filter(client -> client.type() == type)
        .toList();
  }

  @Override
  public Round.Messages messages(Round.Key key, Books books) {
    List<Client> high = cohort(key, Client.Type.HIGH);
    List<Client> low = cohort(key, Client.Type.LOW);
    if (high.isEmpty()) {
      return zeroth(low, ZoProtocol.of(zo)).messages(key, books);
    }
    Round.Messages sent = first(high).messages(key, books);
    return low.isEmpty()
        ? sent
        : sent.then(zeroth(low, ZoProtocol.of(zo).silent()).messages(key, sent.after()));
  }

  @Override
  public Round round(Round.Key key, Books books, Vector weights) {
    List<Client> high = cohort(key, Client.Type.HIGH);
    List<Client> low = cohort(key, Client.Type.LOW);
    if (high.isEmpty()) {
      Round zeroth = zeroth(low, ZoProtocol.of(zo)).round(key, books, weights);
      return new Round(zeroth.loss(), zeroth.messages());
    }
    if (low.isEmpty()) {
      return first(high).round(key, books, weights);
    }
    double highShare = (double) samples(high) / (samples(high) + samples(low));
    try (Vector averaged = context.executor().allocate()) {
      context.executor().vectors().copy(weights, averaged);
      Round first = first(high).round(key, books, averaged);
      Round zeroth =
          zeroth(low, ZoProtocol.of(zo).silent()).round(key, first.messages().after(), weights);
      double[] shares = {highShare, 1 - highShare};
      context.executor().vectors().weightedSum(weights, List.of(averaged, weights), shares);
      return new Round(
          highShare * first.loss() + (1 - highShare) * zeroth.loss(),
          first.messages().then(zeroth.messages()));
    }
  }

  private FedAvg first(List<Client> clients) {
    return new FedAvg(context, clients, warmup.withCohort(clients.size()));
  }

  private ZoSgd zeroth(List<Client> clients, ZoProtocol protocol) {
    return new ZoSgd(context, clients, zo.withCohort(clients.size()).withLr(zoLr), protocol);
  }

  private static long samples(List<Client> clients) {
    return clients.stream().mapToLong(c -> c.train().length).sum();
  }
}
