package org.zowarmup.federated.algorithm;

import java.util.List;
import java.util.Map;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.privacy.RenyiAccountant;

/**
 * Runs zeroth-order rounds from a pivot that was not known beforehand to the end of the budget, on
 * all clients: {@link ZoSgd} with schedules that span just these rounds.
 */
public final class AfterPivot implements Algorithm {
  private final FederatedContext context;
  private final ZoConfig config;
  private final int budget;
  private ZoSgd zeroth;
  private int spanned;

  /**
   * @param budget rounds of the whole run
   */
  public AfterPivot(FederatedContext context, ZoConfig config, int budget) {
    this.context = context;
    this.config = config;
    this.budget = budget;
    this.zeroth = spanning(budget);
  }

  private ZoSgd spanning(int rounds) {
    spanned = rounds;
    ZoConfig rest = config.withRounds(rounds);
    return new ZoSgd(context, context.federation().clients(), rest);
  }

  @Override
  public String phase() {
    return zeroth.phase();
  }

  @Override
  public Round round(Round.Key key, Books books, Vector weights) {
    int pivot = key.round() - 1 - key.roundOfPhase();
    if (spanned != budget - pivot) {
      AlgorithmState state = zeroth.state();
      zeroth = spanning(budget - pivot);
      zeroth.restore(state);
    }
    return zeroth.round(key, books, weights);
  }

  @Override
  public Round.Messages messages(Round.Key key, Books books) {
    return zeroth.messages(key, books); // the same whatever the schedules span
  }

  @Override
  public boolean isSeedReplayable() {
    return zeroth.isSeedReplayable();
  }

  @Override
  public List<String> schedules() {
    return zeroth.schedules();
  }

  @Override
  public Map<String, Double> learningRates(Round.Key key) {
    return zeroth.learningRates(key);
  }

  @Override
  public void spend(RenyiAccountant accountant, int rounds) {
    zeroth.spend(accountant, rounds);
  }

  @Override
  public AlgorithmState state() {
    return zeroth.state();
  }

  @Override
  public void restore(AlgorithmState state) {
    zeroth.restore(state);
  }
}
