package org.zowarmup.federated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.zowarmup.config.FaultsConfig;
import org.zowarmup.config.FaultsConfig.BadAnswer;
import org.zowarmup.config.FaultsConfig.Corruption;
import org.zowarmup.config.PrivacyConfig;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.federated.algorithm.SmallFederation;
import org.zowarmup.federated.algorithm.ZoSgd;
import org.zowarmup.nn.InitialWeights;

/** Clients that fall silent, come late or send nonsense. */
class FaultsTest {
  private static final int[] SIZES = {7, 4, 9, 1, 13};

  private static FaultsConfig faults(
      double dropout, double deadline, double corrupt, Corruption corruption, BadAnswer onBad) {
    return new FaultsConfig(dropout, 0.5, deadline, corrupt, corruption, onBad, 0, 0);
  }

  /** Builds an algorithm for a context. */
  private interface Maker {
    Algorithm make(SmallFederation small, FederatedContext context);
  }

  private static final Maker FED_AVG =
      (small, context) ->
          new FedAvg(context, small.federation.clients(), SmallFederation.warmup(5, 0.1, 1));

  private static final Maker ZO =
      (small, context) ->
          new ZoSgd(context, small.federation.clients(), SmallFederation.zo(5, 3, true, 2, 2));

  private static final Maker ZO_SHARED =
      (small, context) ->
          new ZoSgd(context, small.federation.clients(), SmallFederation.zo(5, 3, false, 0, 1));

  /** Weights after two rounds, and what the server did without. */
  private record Outcome(float[] weights, Faults.Count missed, double loss, Traffic traffic) {}

  private static Outcome after(FaultsConfig faults, Maker maker) {
    try (SmallFederation small = new SmallFederation("cpu", 1, SIZES);
        Vector weights = small.executor.allocate()) {
      weights.write(InitialWeights.draw(small.graph.layout(), 1));
      FederatedContext context = small.context(faults, PrivacyConfig.NONE);
      Algorithm algorithm = maker.make(small, context);
      Round first = small.run(algorithm, 1, 0, weights);
      Round second = small.run(algorithm, 2, 1, weights);
      Round.Messages both = first.messages().then(second.messages());
      return new Outcome(weights.read(), both.missed(), second.loss(), both.traffic());
    }
  }

  @Test
  void droppingNobodyIsAsWithoutFaults() {
    FaultsConfig noOne =
        new FaultsConfig(0, 2, 0, 0, Corruption.HUGE, BadAnswer.REFUSE, 1e20, 1e20);
    for (Maker maker : List.of(FED_AVG, ZO, ZO_SHARED)) {
      Outcome plain = after(FaultsConfig.NONE, maker);
      Outcome watched = after(noOne, maker);
      assertArrayEquals(plain.weights, watched.weights);
      assertEquals(plain.traffic, watched.traffic);
      assertEquals(Faults.Count.NONE, watched.missed);
    }
  }

  @Test
  void aRoundThatAllMissChangesNothing() {
    float[] start = InitialWeights.draw(SmallFederation.graph().layout(), 1);
    for (Maker maker : List.of(FED_AVG, ZO, ZO_SHARED)) {
      Outcome late = after(faults(0, 1e-9, 0, Corruption.NAN, BadAnswer.STOP), maker);
      assertArrayEquals(start, late.weights);
      assertTrue(Double.isNaN(late.loss));
      assertEquals(new Faults.Count(0, 10, 0), late.missed);
      assertTrue(late.traffic.upLow() > 0, "who is late has sent all the same");
      Outcome gone = after(faults(0.999, 0, 0, Corruption.NAN, BadAnswer.STOP), maker);
      assertArrayEquals(start, gone.weights);
      assertEquals(new Faults.Count(10, 0, 0), gone.missed);
      assertEquals(0, gone.traffic.upLow() + gone.traffic.upHigh());
    }
  }

  /** Binomial counts, within 4 standard deviations of what the config asks for. */
  @Test
  void sharesAreThoseOfTheConfig() {
    int n = 4000;
    Client client = new Client(3, Client.Type.LOW, new int[] {0}, new int[0]);
    // P(late) = 1 - Phi(log 2 / 0.5) = 0.08283
    Faults faults = new Faults(faults(0.25, 2, 0.1, Corruption.NAN, BadAnswer.REFUSE), 5);
    Map<Faults.Outcome, Integer> outcomes = new EnumMap<>(Faults.Outcome.class);
    for (int round = 0; round < n; round++) {
      outcomes.merge(faults.outcome(round, client), 1, Integer::sum);
    }
    assertNear(0.25, outcomes.get(Faults.Outcome.DROPS), n);
    assertNear(0.75 * 0.08283, outcomes.get(Faults.Outcome.LATE), n);
    assertNear(0.75 * (1 - 0.08283) * 0.1, outcomes.get(Faults.Outcome.CORRUPTS), n);
  }

  private static void assertNear(double p, int found, int n) {
    assertEquals(p * n, found, 4 * Math.sqrt(n * p * (1 - p)), "p = " + p);
  }

  /** A pool without the clients that send nonsense answers the same way. */
  @Test
  void whatIsRefusedIsAsIfItsSenderWereNotThere() {
    for (Corruption corruption : Corruption.values()) {
      FaultsConfig bad = new FaultsConfig(0, 0.5, 0, 0.4, corruption, BadAnswer.REFUSE, 1e4, 1e3);
      try (SmallFederation small = new SmallFederation("cpu", 1, SIZES);
          Vector weights = small.executor.allocate()) {
        float[] start = InitialWeights.draw(small.graph.layout(), 1);
        Faults oracle = new Faults(bad, SmallFederation.SEED);
        List<Client> good =
            small.federation.clients().stream()
                .filter(c -> oracle.outcome(1, c) == Faults.Outcome.ANSWERS)
                .toList();
        assertTrue(good.size() > 0 && good.size() < SIZES.length, good.size() + " of 5 are good");
        FederatedContext context = small.context(bad, PrivacyConfig.NONE);
        weights.write(start);
        Round round = small.run(FED_AVG.make(small, context), 1, 0, weights);
        float[] refused = weights.read();
        assertEquals(SIZES.length - good.size(), round.messages().missed().refused());
        weights.write(start);
        small.run(
            new FedAvg(small.context(), good, SmallFederation.warmup(good.size(), 0.1, 1)),
            1,
            0,
            weights);
        assertArrayEquals(weights.read(), refused);
        weights.write(start);
        small.run(ZO.make(small, context), 1, 0, weights);
        float[] zoRefused = weights.read();
        weights.write(start);
        small.run(
            new ZoSgd(small.context(), good, SmallFederation.zo(good.size(), 3, true, 2, 2)),
            1,
            0,
            weights);
        assertArrayEquals(weights.read(), zoRefused);
      }
    }
  }

  @Test
  void withoutLeaveToRefuseABadAnswerEndsTheRunAndSoDoNothingButBadOnes() {
    for (Maker maker : List.of(FED_AVG, ZO, ZO_SHARED)) {
      FaultsConfig stop = faults(0, 0, 1, Corruption.NAN, BadAnswer.STOP);
      String message = assertThrows(DivergedException.class, () -> after(stop, maker)).getMessage();
      assertTrue(message.contains("faults.onBadAnswer=refuse"), message);
      FaultsConfig all = faults(0, 0, 1, Corruption.NAN, BadAnswer.REFUSE);
      message = assertThrows(DivergedException.class, () -> after(all, maker)).getMessage();
      assertTrue(message.contains("all were refused"), message);
    }
  }

  /** One huge answer of five moves the mean far and the median not. */
  @Test
  void theMedianStandsOneHugeAnswer() {
    FaultsConfig one = faults(0, 0, 0.2, Corruption.HUGE, BadAnswer.REFUSE);
    ServerConfig plain = ServerConfig.PLAIN;
    ServerConfig median =
        new ServerConfig(
            ServerConfig.Optimizer.AVERAGE,
            0.01,
            0.9,
            0.99,
            1e-3,
            ServerConfig.Aggregate.MEDIAN,
            0.1);
    Maker withMedian =
        (small, context) ->
            new FedAvg(
                context,
                small.federation.clients(),
                SmallFederation.warmup(5, 0.1, 1).withServer(median));
    Maker withMean =
        (small, context) ->
            new FedAvg(
                context,
                small.federation.clients(),
                SmallFederation.warmup(5, 0.1, 1).withServer(plain));
    int round = 1;
    try (SmallFederation small = new SmallFederation("cpu", 1, SIZES);
        Vector weights = small.executor.allocate()) {
      Faults oracle = new Faults(one, SmallFederation.SEED);
      while (corrupting(oracle, small, round) < 1 || corrupting(oracle, small, round) > 2) {
        round++;
      }
      float[] start = InitialWeights.draw(small.graph.layout(), 1);
      weights.write(start);
      small.run(withMean.make(small, small.context(one, PrivacyConfig.NONE)), round, 0, weights);
      assertTrue(largest(weights.read()) > 100);
      weights.write(start);
      small.run(withMedian.make(small, small.context(one, PrivacyConfig.NONE)), round, 0, weights);
      assertTrue(largest(weights.read()) < 5);
    }
  }

  private static long corrupting(Faults oracle, SmallFederation small, int round) {
    return small.federation.clients().stream()
        .filter(c -> oracle.outcome(round, c) == Faults.Outcome.CORRUPTS)
        .count();
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
