package org.zowarmup.federated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.federated.algorithm.ServerOptimizer;
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

  /** Books after the changes of two rounds are those after all of them in one. */
  @Test
  void booksAreTheSumOfTheirChanges() {
    Client early = new Client(0, Client.Type.HIGH, new int[1], new int[0]);
    Client late = new Client(5, Client.Type.LOW, new int[1], new int[0]);
    Ledger dense = new Ledger(Books.EMPTY);
    dense.synchronize(early, 1000);
    dense.denseUpdate();
    dense.synchronize(late, 1000);
    Books one = dense.messages(0).after();
    Ledger seeds = new Ledger(one.accepted());
    seeds.call(late, 1000, Message.scalars(0), Faults.Outcome.ANSWERS);
    seeds.seedUpdate(6);
    Books two = seeds.messages(0).after();
    assertEquals(2, one.change().clients().size());
    assertEquals(1, two.change().clients().size());
    Books followed = Books.EMPTY.with(one.change()).with(two.change());
    assertEquals(two.accepted().all(), followed.all());
    Ledger at = new Ledger(two.accepted());
    Ledger restored = new Ledger(Books.EMPTY.with(two.accepted().all()));
    at.synchronize(early, 1000);
    restored.synchronize(early, 1000);
    assertEquals(new Traffic(0, 0, 4000, 0), at.messages(0).traffic());
    assertEquals(at.messages(0).traffic(), restored.messages(0).traffic());
  }

  /** Of 1,000,000 clients a round changes few; books before it, and a dropped round's, stay. */
  @Test
  void booksAreValues() {
    int clients = 900_000;
    List<Books.Held> all = new ArrayList<>();
    for (int id = 0; id < clients; id++) {
      all.add(new Books.Held(id, 3, id % 7));
    }
    Books before = Books.EMPTY.with(new Books.Change(3, 7, all));
    Ledger ledger = new Ledger(before);
    int[] cohort = {0, 255, 256, 899_999, 999_999};
    for (int id : cohort) {
      ledger.synchronize(new Client(id, Client.Type.LOW, new int[1], new int[0]), 1000);
    }
    Books after = ledger.messages(0).after();
    assertEquals(new Books.Change(3, 7, all), before.all(), "of a round that is given up");
    assertEquals(cohort.length, after.change().clients().size());
    Books accepted = after.accepted();
    assertEquals(new Books.Change(3, 7, all), before.all());
    assertEquals(0, accepted.change().clients().size());
    assertEquals(clients + 1, accepted.all().clients().size());
    for (int id : cohort) {
      assertEquals(new Books.Held(id, 3, 7), accepted.heldOrNull(id));
      assertEquals(id == 999_999 ? null : all.get(id), before.heldOrNull(id));
    }
    assertEquals(all.get(257), accepted.heldOrNull(257));
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
      ZoConfig plain = SmallFederation.zo(2, 3, true, 2, 2);
      ServerOptimizer other = new ServerOptimizer(plain.server());
      VectorOps vectors = elsewhere.executor.vectors();
      for (int round = 0; round < 3; round++) {
        SeedUpdate update = small.run(zo, 4 + round, round, weights).update().orElseThrow();
        assertEquals(12, update.size());
        other.apply(update, follower, vectors, SmallFederation.SEED);
        assertArrayEquals(weights.read(), follower.read());
      }
    }
  }
}
