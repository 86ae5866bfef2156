package org.zowarmup.federated.algorithm;

import java.util.Optional;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.SeedReplayable;
import org.zowarmup.federated.SeedUpdate;
import org.zowarmup.federated.privacy.RenyiAccountant;

/**
 * Zeroth-order rounds from a pivot that was not known beforehand to the end of the budget, on all
 * clients: {@link ZoSgd} with schedules that span just these rounds.
 */
public final class RestOfBudget implements SeedReplayable {
  private final FederatedContext context;
  private final ZoConfig config;
  private final int budget;
  private ZoSgd zeroth;
  private int spanned;

  /**
   * @param budget rounds of the whole run
   */
  public RestOfBudget(FederatedContext context, ZoConfig config, int budget) {
    this.context = context;
    this.config = config;
    this.budget = budget;
    this.zeroth = spanning(budget);
  }

  private ZoSgd spanning(int rounds) {
    spanned = rounds;
    ZoConfig rest = config.with(rounds, config.seeds(), config.ownSeeds(), config.localSteps());
    return new ZoSgd(context, context.federation().clients(), rest);
  }

  @Override
  public String phase() {
    return zeroth.phase();
  }

  @Override
  public double round(int round, int roundOfPhase, Vector weights) {
    int pivot = round - 1 - roundOfPhase;
    if (spanned != budget - pivot) {
      AlgorithmState state = zeroth.state();
      zeroth = spanning(budget - pivot);
      zeroth.restore(state);
    }
    return zeroth.round(round, roundOfPhase, weights);
  }

  @Override
  public Optional<SeedUpdate> lastUpdate() {
    return zeroth.lastUpdate();
  }

  @Override
  public void apply(int roundOfPhase, SeedUpdate update, Vector weights) {
    zeroth.apply(roundOfPhase, update, weights);
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
