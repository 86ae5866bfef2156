package org.zowarmup.federated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.algorithm.SmallFederation;
import org.zowarmup.federated.algorithm.ZoSgd;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/** The plain values that a checkpoint and a log are made of. */
final class AlgorithmStateTest {
  @Test
  void valuesComeBackToTheBit() {
    float[] momentum = {1, -0.0f, Float.NaN};
    AlgorithmState state =
        AlgorithmState.EMPTY
            .withVector("momentum", momentum)
            .withNumbers("steps", 7, Long.MIN_VALUE)
            .withFractions("best", 0.1, -0.0, Double.NEGATIVE_INFINITY);
    momentum[0] = 2;
    assertArrayEquals(new float[] {1, -0.0f, Float.NaN}, state.vector("momentum"));
    assertArrayEquals(new long[] {7, Long.MIN_VALUE}, state.numbers("steps"));
    assertArrayEquals(new double[] {0.1, -0.0, Double.NEGATIVE_INFINITY}, state.fractions("best"));
    assertEquals(Set.of("momentum", "steps", "best"), state.names());
    assertThrows(IllegalArgumentException.class, () -> state.vector("steps"));
    assertThrows(IllegalArgumentException.class, () -> state.withNumbers("momentum", 1));
  }

  @Test
  void anUpdateKeepsTheOrderOfItsTerms() {
    SeedUpdate.Builder builder = new SeedUpdate.Builder(Distribution.GAUSSIAN);
    int[][] names = {{3, 0}, {3, 1}, {3, 3}, {4, 0}, {NamedRandom.NONE, 0}, {NamedRandom.NONE, 1}};
    for (int i = 0; i < names.length; i++) {
      builder.add(Purpose.ZO_DIRECTION, 9, names[i][0], names[i][1], i);
    }
    SeedUpdate update = builder.build();
    assertEquals(4, update.blocks().size());
    SeedTerms terms = update.terms(5);
    assertEquals(names.length, terms.size());
    for (int i = 0; i < names.length; i++) {
      assertEquals(i, terms.coefficient(i));
      assertEquals(
          NamedRandom.key(5, Purpose.ZO_DIRECTION, 9, names[i][0], names[i][1]), terms.seed(i));
    }
  }

  /** What another ledger knows after the changes of two rounds, it knows after all of them too. */
  @Test
  void aLedgerIsTheSumOfItsChanges() {
    Ledger ledger = new Ledger(1000);
    Client early = new Client(0, ClientClass.HIGH, new int[1], new int[0]);
    Client late = new Client(5, ClientClass.LOW, new int[1], new int[0]);
    ledger.synchronize(early);
    ledger.denseUpdate();
    ledger.synchronize(late);
    LedgerChange first = ledger.takeChange();
    ledger.seedUpdate(List.of(late), new Message.Terms(6));
    LedgerChange second = ledger.takeChange();
    assertEquals(2, first.clients().size());
    assertEquals(1, second.clients().size());
    Ledger followed = new Ledger(1000);
    followed.apply(first);
    followed.apply(second);
    assertEquals(ledger.state(), followed.state());
    Ledger at = new Ledger(1000);
    at.apply(ledger.state());
    ledger.takeRound();
    ledger.synchronize(early);
    at.synchronize(early);
    assertEquals(ledger.takeRound(), at.takeRound());
    assertEquals(0, at.takeRound().downHigh());
  }

  /** A round's update does to other weights what the round did, without its data. */
  @Test
  void anUpdateRepeatsItsRound() {
    try (SmallFederation small = new SmallFederation("cpu", 2, 7, 4, 9);
        SmallFederation elsewhere = new SmallFederation("reference", 1, 1, 1, 1);
        Vector weights = small.executor.allocate();
        Vector follower = elsewhere.executor.allocate()) {
      float[] start = InitialWeights.draw(small.graph.layout(), 1);
      weights.write(start);
      follower.write(start);
      ZoSgd zo =
          new ZoSgd(
              small.context(), small.federation.clients(), SmallFederation.zo(2, 3, true, 2, 2));
      ZoSgd other =
          new ZoSgd(
              elsewhere.context(),
              elsewhere.federation.clients(),
              SmallFederation.zo(2, 3, true, 2, 2));
      assertEquals(0, zo.lastUpdate().stream().count());
      for (int round = 0; round < 3; round++) {
        zo.round(4 + round, round, weights);
        SeedUpdate update = zo.lastUpdate().orElseThrow();
        assertEquals(12, update.size());
        other.apply(round, update, follower);
        assertArrayEquals(weights.read(), follower.read());
      }
    }
  }
}
