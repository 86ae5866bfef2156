package org.zowarmup.federated;

import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Vector;

/**
 * Warm-up rounds until the loss on the high-resource clients' own held-out images has flattened, or
 * warmup.rounds of them are done, then zeroth-order rounds for what is left of the budget. Before a
 * warm-up round the high-resource clients measure the global weights, which they hold, and each
 * sends one scalar; {@link FlatteningRule} decides. The learning rate's schedule of the second
 * phase is that of the rounds that are left.
 */
final class AutoPivot implements Algorithm {
  private static final String LOSSES = "pivot.losses";
  private static final String PIVOT = "pivot.round";

  private final FederatedContext context;
  private final ZoConfig zo;
  private final int latest;
  private final int budget;
  private final FedAvg average;
  private final int[] heldOut;
  private final FlatteningRule rule = new FlatteningRule();
  private int pivot = -1; // roundOfPhase of the first zeroth-order round
  private ZoSgd zeroth;

  AutoPivot(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    this.context = context;
    this.zo = zo;
    this.latest = warmup.rounds();
    this.budget = warmup.rounds() + zo.rounds();
    this.average = new FedAvg(context, high(), warmup);
    this.heldOut = high().stream().flatMapToInt(c -> IntStream.of(c.validation())).toArray();
  }

  private List<Client> high() {
    return context.federation().of(ClientClass.HIGH);
  }

  @Override
  public String phase() {
    return pivot < 0 ? average.phase() : zeroth.phase();
  }

  @Override
  public double round(int round, int roundOfPhase, Vector weights) {
    if (pivot < 0 && (roundOfPhase >= latest || hasFlattened(roundOfPhase, weights))) {
      goOn(roundOfPhase);
    }
    return pivot < 0
        ? average.round(round, roundOfPhase, weights)
        : zeroth.round(round, roundOfPhase - pivot, weights);
  }

  private boolean hasFlattened(int roundOfPhase, Vector weights) {
    if (roundOfPhase == 0 || heldOut.length == 0) {
      return false;
    }
    Evaluation found = context.executor().evaluate(weights, context.images(), heldOut);
    high().forEach(client -> context.ledger().up(client, new Message.Scalars(1)));
    rule.add(found.meanLoss());
    return rule.isFlat();
  }

  private void goOn(int at) {
    pivot = at;
    ZoConfig rest = zo.with(budget - at, zo.seeds(), zo.ownSeeds(), zo.localSteps());
    zeroth = new ZoSgd(context, context.federation().clients(), rest);
  }

  /** Rounds of warm-up that were done, negative before the pivot. */
  int pivot() {
    return pivot;
  }

  @Override
  public void spend(RenyiAccountant accountant, int rounds) {
    // where the pivot will be is not known: the warm-up to its latest end, and the rest from its
    // earliest
    average.spend(accountant, latest);
    int least = Math.min(latest, 2 * FlatteningRule.WINDOW);
    new ZoSgd(context, context.federation().clients(), zo).spend(accountant, rounds - least);
  }

  @Override
  public AlgorithmState state() {
    AlgorithmState state = pivot < 0 ? average.state() : zeroth.state();
    return state.withFractions(LOSSES, rule.values()).withNumbers(PIVOT, pivot);
  }

  @Override
  public void restore(AlgorithmState state) {
    rule.restore(state.fractions(LOSSES));
    pivot = Math.toIntExact(state.numbers(PIVOT)[0]);
    if (pivot < 0) {
      average.restore(state);
    } else {
      goOn(pivot);
      zeroth.restore(state);
    }
  }
}
