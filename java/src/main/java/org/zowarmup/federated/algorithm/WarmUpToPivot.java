package org.zowarmup.federated.algorithm;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.Executor;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Ledger;
import org.zowarmup.federated.Message;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.privacy.RenyiAccountant;

/**
 * Runs federated averaging on the high-resource clients until the loss on the images that they hold
 * back has flattened, at most warmup.rounds. After every round all of them get the new weights,
 * measure them and send one scalar each; {@link PivotRule} decides. Without images held back it is
 * warmup.rounds.
 */
public final class WarmUpToPivot implements Algorithm {
  private static final String LOSSES = "pivot.losses";

  private final FederatedContext context;
  private final int latest;
  private final FedAvg average;
  private final List<Client> high;
  private final int[] heldOut;
  private final PivotRule rule = new PivotRule();

  public WarmUpToPivot(FederatedContext context, WarmupConfig warmup) {
    this.context = context;
    this.latest = warmup.rounds();
    this.high = context.federation().of(Client.Type.HIGH);
    this.average = new FedAvg(context, high, warmup);
    this.heldOut = high.stream().flatMapToInt(c -> IntStream.of(c.validation())).toArray();
  }

  @Override
  public String phase() {
    return average.phase();
  }

  /** Rounds before the rule may speak. */
  public int leastRounds() {
    return Math.min(latest, 2 * PivotRule.WINDOW);
  }

  @Override
  public boolean isOver() {
    return rule.isFlat();
  }

  @Override
  public Round round(Round.Key key, Books books, Vector weights) {
    if (heldOut.length == 0) {
      return average.round(key, books, weights);
    }
    try (Vector before = context.executor().allocate()) {
      context.executor().vectors().copy(weights, before);
      AlgorithmState stateBefore = average.state();
      Round round = average.round(key, books, weights);
      try {
        rule.add(context.executor().evaluate(weights, context.images(), heldOut).meanLoss());
      } catch (Executor.StoppedException e) {
        // the whole round is given up: what it sent could not be distinguished from what is sent
        // again
        context.executor().vectors().copy(before, weights);
        average.restore(stateBefore);
        throw e;
      }
      return new Round(round.loss(), round.messages().then(measuring(round.messages().after())));
    }
  }

  @Override
  public Round.Messages messages(Round.Key key, Books books) {
    Round.Messages averaging = average.messages(key, books);
    return heldOut.length == 0 ? averaging : averaging.then(measuring(averaging.after()));
  }

  /** All high-resource clients get the new weights and send their loss. */
  private Round.Messages measuring(Books books) {
    Ledger ledger = new Ledger(books);
    for (Client client : high) {
      ledger.synchronize(client, context.parameters());
      ledger.up(client, Message.scalars(1));
      ledger.probes(client, client.validation().length, context.executor().graph().forwardFlops());
    }
    return ledger.messages(0);
  }

  @Override
  public Optional<String> assumption() {
    return heldOut.length == 0 || latest <= leastRounds()
        ? Optional.empty()
        : Optional.of("the pivot comes at its latest, after round " + latest);
  }

  @Override
  public List<String> schedules() {
    return average.schedules();
  }

  @Override
  public Map<String, Double> learningRates(Round.Key key) {
    return average.learningRates(key);
  }

  /** To its latest end, since the earlier one is not known beforehand. */
  @Override
  public void spend(RenyiAccountant accountant, int rounds) {
    average.spend(accountant, rounds);
  }

  @Override
  public AlgorithmState state() {
    return average.state().withFractions(LOSSES, rule.values());
  }

  @Override
  public void restore(AlgorithmState state) {
    rule.restore(state.fractions(LOSSES));
    average.restore(state);
  }
}
