package org.zowarmup.examples;

import java.util.Optional;
import java.util.stream.IntStream;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.*;
import org.zowarmup.federated.*;
import org.zowarmup.random.*;

/** Rounds of {@link OneBit}: a probe's answer is the sign of its slope. */
record OneBitRounds(FederatedContext context, ZoConfig zo, double step) implements Algorithm {
  @Override
  public String phase() {
    return "zo";
  }

  /** Calls the cohort; the ledger counts a bit a probe, and the terms that all receive. */
  private Ledger call(int round, Books books) {
    Ledger ledger = new Ledger(books);
    var all = context.federation().clients();
    long run = context.runSeed();
    for (Client c : CohortSampling.draw(all, zo.cohort(), run, Purpose.ZO_COHORT, round)) {
      Message bits = new Message((zo.seeds() + 7) / 8);
      ledger.call(c, context.parameters(), bits, context.faults().outcome(round, c));
    }
    ledger.seedUpdate((long) zo.seeds() * ledger.answers().size());
    return ledger;
  }

  @Override
  public Round.Messages messages(Round.Key key, Books books) {
    return call(key.round(), books).messages(0);
  }

  @Override
  public Round round(Round.Key key, Books books, Vector weights) {
    Ledger ledger = call(key.round(), books);
    var update = new SeedUpdate.Builder(zo.distribution());
    double loss = ledger.answers().isEmpty() ? Double.NaN : 0;
    for (Ledger.Answer answer : ledger.answers()) {
      Client c = answer.client();
      var jobs = IntStream.range(0, zo.seeds()).mapToObj(s -> job(key.round(), c, s)).toList();
      var results = context.executor().probe(weights, zo.distribution(), context.images(), jobs);
      double[] g = Estimate.slopes(jobs, results);
      float each = (float) (-step / g.length / ledger.answers().size());
      for (int s = 0; s < g.length; s++) {
        update.add(Purpose.ZO_DIRECTION, key.round(), c.id(), s, each * Math.signum((float) g[s]));
      }
      loss += Estimate.meanLoss(jobs, results) / ledger.answers().size();
    }
    update.build().applyTo(weights, context.executor().vectors(), context.runSeed());
    return new Round(loss, ledger.messages(0), Optional.of(update.build()));
  }

  private ProbeJob job(int round, Client c, int s) {
    long seed = NamedRandom.key(context.runSeed(), Purpose.ZO_DIRECTION, round, c.id(), s);
    return new ProbeJob(SeedTerms.NONE, seed, (float) zo.epsilon(), c.train());
  }
}
