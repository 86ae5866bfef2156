package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.zowarmup.config.Schedule;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Federation;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.InitialWeights;

/** The rule by which a warm-up ends, and the rounds around it. */
class AutoPivotTest {
  private static PivotRule after(double... losses) {
    PivotRule rule = new PivotRule();
    for (double loss : losses) {
      rule.add(loss);
    }
    return rule;
  }

  @Test
  void aLossThatFallsByMoreThanTheLeastGainGoesOn() {
    // means 10 and 9.78, then 9.81
    assertFalse(after(10, 10, 10, 10, 10, 9.7, 9.8, 9.8, 9.8, 9.8).isFlat());
    assertTrue(after(10, 10, 10, 10, 10, 9.81, 9.81, 9.81, 9.81, 9.81).isFlat());
  }

  @Test
  void tooFewValuesAreNotFlatAndNoNumberIsNoGain() {
    assertFalse(after(1, 1, 1, 1, 1, 1, 1, 1, 1).isFlat());
    assertTrue(after(1, 1, 1, 1, 1, 1, 1, 1, 1, 1).isFlat());
    assertTrue(after(1, 1, 1, 1, 1, 0.1, 0.1, Double.NaN, 0.1, 0.1).isFlat());
  }

  /** Losses before the last two windows no longer count. */
  @Test
  void onlyTheLastTwoWindowsCount() {
    PivotRule rule = after(100, 50, 20, 10, 5, 4, 4, 4, 4, 4);
    assertFalse(rule.isFlat());
    for (int i = 0; i < 5; i++) {
      rule.add(4);
    }
    assertTrue(rule.isFlat());
  }

  private static final int[] SIZES = {7, 4, 9, 1, 13};

  private static ZoConfig zo() {
    return SmallFederation.zo(5, 3, true, 2, 1);
  }

  /** The high-resource clients hold back images 0 and 1, which the others train on. */
  private static FederatedContext context(SmallFederation small, boolean holdBack) {
    List<Client> clients = new ArrayList<>();
    for (Client c : small.federation.clients()) {
      boolean holds = holdBack && c.type() == Client.Type.HIGH;
      clients.add(new Client(c.id(), c.type(), c.train(), holds ? new int[] {0, 1} : new int[0]));
    }
    return new FederatedContext(
        new Federation(clients), small.executor, small.images, SmallFederation.SEED);
  }

  /** A method's rounds, as a run does them, with what broken-off ones get back. */
  private static final class Rounds {
    final FederatedContext context;
    final WarmupConfig warmup;
    List<Method.Phase> phases;
    int phase;
    int roundOfPhase;
    Books books = Books.EMPTY;

    Rounds(Method method, FederatedContext context, WarmupConfig warmup) {
      this.context = context;
      this.warmup = warmup;
      this.phases = method.phases(context, warmup, zo());
    }

    /** All that are kept between two rounds go to algorithms that are new. */
    void breakOff(Method method) {
      List<AlgorithmState> states = phases.stream().map(p -> p.algorithm().state()).toList();
      phases = method.phases(context, warmup, zo());
      for (int p = 0; p < states.size(); p++) {
        phases.get(p).algorithm().restore(states.get(p));
      }
    }

    /** Returns the name of the phase. */
    String round(int round, Vector weights) {
      Method.Phase now = phases.get(phase);
      if (roundOfPhase == now.rounds() || now.algorithm().isOver()) {
        now = phases.get(++phase);
        roundOfPhase = 0;
      }
      Round done = now.algorithm().round(new Round.Key(round, roundOfPhase++), books, weights);
      books = done.messages().after().accepted();
      return now.algorithm().phase();
    }
  }

  /** At a rate so small that no loss moves, the rule speaks as soon as it may. */
  @Test
  void aWarmUpThatStandsStillEndsAfterTwoWindows() {
    try (SmallFederation small = new SmallFederation("cpu", 1, SIZES);
        Vector weights = small.executor.allocate()) {
      weights.write(InitialWeights.draw(small.graph.layout(), 1));
      WarmupConfig still = SmallFederation.warmup(2, 1e-9, 1).withRounds(40);
      Rounds rounds = new Rounds(Methods.find("zowarmup-auto"), context(small, true), still);
      for (int r = 1; r <= 12; r++) {
        assertEquals(r <= 10 ? "warmup" : "zo", rounds.round(r, weights), "round " + r);
      }
    }
  }

  /** Without held-out images it is ZOWarmUp with the pivot of the config. */
  @Test
  void withoutHeldOutImagesThePivotIsTheConfigs() {
    try (SmallFederation small = new SmallFederation("cpu", 1, SIZES);
        Vector found = small.executor.allocate();
        Vector expected = small.executor.allocate()) {
      found.write(InitialWeights.draw(small.graph.layout(), 1));
      expected.write(found.read());
      FederatedContext context = context(small, false);
      WarmupConfig warmup = SmallFederation.warmup(2, 0.1, 1);
      Rounds auto = new Rounds(Methods.find("zowarmup-auto"), context, warmup);
      Rounds plain = new Rounds(Methods.find("zowarmup"), context, warmup);
      for (int r = 1; r <= 8; r++) {
        assertEquals(plain.round(r, expected), auto.round(r, found), "round " + r);
      }
      assertArrayEquals(expected.read(), found.read());
    }
  }

  /** The schedule of the second phase spans what the first one has left of the budget. */
  @Test
  void theSecondPhaseIsThatOfTheRoundsThatAreLeft() {
    try (SmallFederation small = new SmallFederation("cpu", 1, SIZES);
        Vector found = small.executor.allocate();
        Vector expected = small.executor.allocate()) {
      FederatedContext context = context(small, true);
      ZoConfig cosine = withCosine(zo());
      found.write(InitialWeights.draw(small.graph.layout(), 1));
      expected.write(found.read());
      AfterPivot rest = new AfterPivot(context, cosine, 17);
      ZoConfig six = cosine.withRounds(6);
      ZoSgd plain = new ZoSgd(context, context.federation().clients(), six);
      for (int r = 0; r < 6; r++) {
        small.run(rest, 12 + r, r, found);
        small.run(plain, 12 + r, r, expected);
      }
      assertArrayEquals(expected.read(), found.read());
    }
  }

  private static ZoConfig withCosine(ZoConfig c) {
    return new ZoConfig(
        c.rounds(),
        c.cohort(),
        c.seeds(),
        c.ownSeeds(),
        c.batch(),
        c.freshBatchPerSeed(),
        c.epsilon(),
        c.estimate(),
        c.distribution(),
        c.precision(),
        c.lr(),
        Schedule.COSINE,
        c.localSteps(),
        c.augment(),
        c.epsilonSchedule(),
        c.poolSeeds(),
        c.server());
  }

  /** Broken off before, at and after the pivot. */
  @Test
  void whoGetsItsStateBackGoesOnAsIfItHadNeverStopped() {
    try (SmallFederation small = new SmallFederation("cpu", 1, SIZES);
        Vector weights = small.executor.allocate()) {
      WarmupConfig still = SmallFederation.warmup(2, 1e-9, 1).withRounds(40);
      float[] whole = null;
      for (int cut : new int[] {20, 3, 10, 11, 14}) {
        weights.write(InitialWeights.draw(small.graph.layout(), 1));
        Rounds rounds = new Rounds(Methods.find("zowarmup-auto"), context(small, true), still);
        for (int r = 0; r < 16; r++) {
          if (r == cut) {
            rounds.breakOff(Methods.find("zowarmup-auto"));
          }
          rounds.round(r + 1, weights);
        }
        whole = whole == null ? weights.read() : whole;
        assertTrue(Arrays.equals(whole, weights.read()), "cut at " + cut);
      }
    }
  }
}
