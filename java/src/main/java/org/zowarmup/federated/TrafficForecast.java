package org.zowarmup.federated;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.random.Purpose;

/**
 * The bytes of a method's rounds without the rounds: cohorts are drawn and messages counted as in a
 * run, nothing is trained.
 */
public final class TrafficForecast {
  private TrafficForecast() {}

  /**
   * Of ZOWarmUp.
   *
   * @param parameters d, without padding
   */
  public static Traffic of(
      Federation federation, long parameters, WarmupConfig warmup, ZoConfig zo, long runSeed) {
    Ledger ledger = new Ledger(parameters);
    List<Client> high = federation.of(ClientClass.HIGH);
    for (int round = 1; round <= warmup.rounds(); round++) {
      for (Client client :
          Cohorts.draw(high, warmup.cohort(), runSeed, Purpose.WARMUP_COHORT, round)) {
        ledger.synchronize(client);
        ledger.up(client, new Message.Model(parameters));
      }
      ledger.denseUpdate();
    }
    int scalars = zo.seeds() * zo.localSteps();
    for (int i = 1; i <= zo.rounds(); i++) {
      List<Client> cohort =
          Cohorts.draw(
              federation.clients(), zo.cohort(), runSeed, Purpose.ZO_COHORT, warmup.rounds() + i);
      for (Client client : cohort) {
        ledger.synchronize(client);
        ledger.up(client, new Message.Scalars(scalars));
      }
      ledger.seedUpdate(cohort, new Message.Terms((long) scalars * cohort.size()));
    }
    return ledger.takeRound();
  }

  /**
   * Of HeteroFL.
   *
   * @param parameters d, without padding
   * @param subParameters the same of the sub-network
   * @param rounds all rounds of the run
   */
  public static Traffic ofHeteroFl(
      Federation federation,
      long parameters,
      long subParameters,
      int cohort,
      int rounds,
      long runSeed) {
    Ledger ledger = new Ledger(parameters);
    for (int round = 1; round <= rounds; round++) {
      for (Client client :
          Cohorts.draw(federation.clients(), cohort, runSeed, Purpose.WARMUP_COHORT, round)) {
        long own = client.type() == ClientClass.HIGH ? parameters : subParameters;
        ledger.synchronize(client, own);
        ledger.up(client, new Message.Model(own));
      }
      ledger.denseUpdate();
    }
    return ledger.takeRound();
  }
}
