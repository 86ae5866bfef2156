package org.zowarmup.federated.algorithm;

import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.StoppedException;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.ClientClass;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Message;
import org.zowarmup.federated.privacy.RenyiAccountant;

/**
 * Federated averaging on the high-resource clients until the loss on the images that they hold back
 * has flattened, at most warmup.rounds. After every round all of them get the new weights, measure
 * them and send one scalar each; {@link FlatteningRule} decides. Without images held back it is
 * warmup.rounds.
 */
public final class AutoWarmUp implements Algorithm {
  private static final String LOSSES = "pivot.losses";

  private final FederatedContext context;
  private final int latest;
  private final FedAvg average;
  private final List<Client> high;
  private final int[] heldOut;
  private final FlatteningRule rule = new FlatteningRule();

  public AutoWarmUp(FederatedContext context, WarmupConfig warmup) {
    this.context = context;
    this.latest = warmup.rounds();
    this.high = context.federation().of(ClientClass.HIGH);
    this.average = new FedAvg(context, high, warmup);
    this.heldOut = high.stream().flatMapToInt(c -> IntStream.of(c.validation())).toArray();
  }

  @Override
  public String phase() {
    return average.phase();
  }

  /** Rounds before the rule may speak. */
  public int leastRounds() {
    return Math.min(latest, 2 * FlatteningRule.WINDOW);
  }

  @Override
  public boolean isOver() {
    return rule.isFlat();
  }

  @Override
  public double round(int round, int roundOfPhase, Vector weights) {
    if (heldOut.length == 0) {
      return average.round(round, roundOfPhase, weights);
    }
    try (Vector before = context.executor().allocate()) {
      context.executor().vectors().copy(weights, before);
      AlgorithmState stateBefore = average.state();
      double loss = average.round(round, roundOfPhase, weights);
      try {
        rule.add(heldOutLoss(weights));
      } catch (StoppedException e) {
        // the whole round is given up: what it sent could not be told apart from what is sent again
        context.executor().vectors().copy(before, weights);
        average.restore(stateBefore);
        throw e;
      }
      return loss;
    }
  }

  private double heldOutLoss(Vector weights) {
    for (Client client : high) {
      context.ledger().synchronize(client);
      context.ledger().up(client, new Message.Scalars(1));
    }
    Evaluation found = context.executor().evaluate(weights, context.images(), heldOut);
    return found.meanLoss();
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
