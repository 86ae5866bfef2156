package org.zowarmup.federated;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.federated.algorithm.SmallFederation;
import org.zowarmup.federated.algorithm.ZoSgd;
import org.zowarmup.nn.InitialWeights;

/**
 * Bytes against the table of the paper: 4d each way in FedAvg, 4S up and 12 a term down in the
 * zeroth-order phase.
 */
final class LedgerTest {
  private static final long D = 1000;

  private static Client client(int id, ClientClass type) {
    return new Client(id, type, new int[1], new int[0]);
  }

  @Test
  void whoWasAbsentPaysWhenItCatchesUp() {
    Ledger ledger = new Ledger(D);
    Client present = client(0, ClientClass.LOW);
    Client absent = client(1, ClientClass.HIGH);
    ledger.synchronize(present);
    ledger.synchronize(absent);
    assertEquals(new Traffic(0, 0, 4 * D, 4 * D), ledger.takeRound());
    ledger.seedUpdate(List.of(present), new Message.Terms(7));
    assertEquals(new Traffic(0, 0, 0, 84), ledger.takeRound());
    ledger.synchronize(present);
    assertEquals(Traffic.ZERO, ledger.takeRound(), "heard of it at once");
    ledger.synchronize(absent);
    assertEquals(new Traffic(0, 0, 84, 0), ledger.takeRound());
    ledger.synchronize(absent);
    assertEquals(Traffic.ZERO, ledger.takeRound());
  }

  @Test
  void aLongLogCostsNoMoreThanTheModel() {
    Ledger ledger = new Ledger(D);
    Client present = client(0, ClientClass.LOW);
    Client absent = client(1, ClientClass.LOW);
    ledger.synchronize(absent);
    ledger.synchronize(present);
    ledger.takeRound();
    ledger.seedUpdate(List.of(present), new Message.Terms(334));
    ledger.takeRound();
    ledger.synchronize(absent);
    assertEquals(4 * D, ledger.takeRound().downLow(), "334 terms of 12 bytes are 4008 bytes");
  }

  @Test
  void aDenseUpdateAsksForTheWholeModel() {
    Ledger ledger = new Ledger(D);
    Client client = client(0, ClientClass.HIGH);
    ledger.synchronize(client);
    ledger.seedUpdate(List.of(client), new Message.Terms(1));
    ledger.takeRound();
    ledger.denseUpdate();
    ledger.synchronize(client);
    assertEquals(4 * D, ledger.takeRound().downHigh());
  }

  @Test
  void realRoundsCostWhatTheTableSays() {
    try (SmallFederation small = new SmallFederation("cpu", 1, 4, 3, 5, 6);
        Vector weights = small.executor.allocate()) {
      long d = small.graph.layout().parameters();
      weights.write(InitialWeights.draw(small.graph.layout(), 1));
      FedAvg fedAvg =
          new FedAvg(
              small.context(),
              small.federation.of(ClientClass.HIGH),
              SmallFederation.warmup(2, 0.1, 1));
      for (int round = 1; round <= 2; round++) {
        fedAvg.round(round, round - 1, weights);
        assertEquals(new Traffic(2 * 4 * d, 0, 2 * 4 * d, 0), small.ledger.takeRound());
      }
      int seeds = 3;
      ZoSgd zo =
          new ZoSgd(
              small.context(),
              small.federation.clients(),
              SmallFederation.zo(4, seeds, true, 2, 1));
      long terms = 12L * 4 * seeds;
      zo.round(3, 0, weights);
      assertEquals(
          new Traffic(8L * seeds, 8L * seeds, 2 * (4 * d + terms), 2 * (4 * d + terms)),
          small.ledger.takeRound(),
          "the first zeroth-order round: everyone fetches the pivot's weights");
      zo.round(4, 1, weights);
      assertEquals(
          new Traffic(8L * seeds, 8L * seeds, 2 * terms, 2 * terms), small.ledger.takeRound());
    }
  }
}
