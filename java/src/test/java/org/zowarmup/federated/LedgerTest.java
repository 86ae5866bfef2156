package org.zowarmup.federated;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

  private static Client client(int id, Client.Type type) {
    return new Client(id, type, new int[1], new int[0]);
  }

  private static Round.Messages synchronize(Books books, Client... clients) {
    Ledger ledger = new Ledger(books);
    for (Client client : clients) {
      ledger.synchronize(client, D);
    }
    return ledger.messages(0);
  }

  /** A round of answers that weigh nothing. */
  private static Round.Messages terms(Books books, long terms, Client... clients) {
    Ledger ledger = new Ledger(books);
    for (Client client : clients) {
      ledger.call(client, D, Message.scalars(0), Faults.Outcome.ANSWERS);
    }
    ledger.seedUpdate(terms);
    return ledger.messages(0);
  }

  @Test
  void whoWasAbsentPaysWhenItCatchesUp() {
    Client present = client(0, Client.Type.LOW);
    Client absent = client(1, Client.Type.HIGH);
    Round.Messages start = synchronize(Books.EMPTY, present, absent);
    assertEquals(new Traffic(0, 0, 4 * D, 4 * D), start.traffic());
    Round.Messages seeds = terms(start.after(), 7, present);
    assertEquals(new Traffic(0, 0, 0, 84), seeds.traffic());
    Books books = seeds.after().accepted();
    assertEquals(Traffic.ZERO, synchronize(books, present).traffic(), "received at once");
    Round.Messages late = synchronize(books, absent);
    assertEquals(new Traffic(0, 0, 84, 0), late.traffic());
    assertEquals(Traffic.ZERO, synchronize(late.after().accepted(), absent).traffic());
    assertEquals(late.traffic(), synchronize(books, absent).traffic(), "as if the round never was");
  }

  @Test
  void aLongLogCostsNoMoreThanTheModel() {
    Client present = client(0, Client.Type.LOW);
    Client absent = client(1, Client.Type.LOW);
    Books books = terms(synchronize(Books.EMPTY, absent, present).after(), 334, present).after();
    assertEquals(
        4 * D,
        synchronize(books.accepted(), absent).traffic().downLow(),
        "334 terms of 12 bytes are 4008 bytes");
  }

  @Test
  void aWholeHistoryServesWhoMissedMore() {
    Client present = client(0, Client.Type.LOW);
    Client absent = client(1, Client.Type.LOW);
    Books books = terms(synchronize(Books.EMPTY, absent, present).after(), 100, present).after();
    for (long seeds : new long[] {10, 299, 301}) {
      Ledger ledger = new Ledger(books, Message.accumulator(seeds));
      ledger.synchronize(absent, D);
      assertEquals(Math.min(4 * seeds, 1200), ledger.messages(0).traffic().downLow());
    }
    Ledger stranger = new Ledger(books, Message.accumulator(10));
    stranger.synchronize(client(2, Client.Type.LOW), D);
    assertEquals(4 * D, stranger.messages(0).traffic().downLow(), "a history of weights it lacks");
  }

  @Test
  void aDenseUpdateAsksForTheWholeModel() {
    Client client = client(0, Client.Type.HIGH);
    Books books = terms(Books.EMPTY, 1, client).after().accepted();
    Ledger ledger = new Ledger(books);
    ledger.denseUpdate();
    assertEquals(4 * D, synchronize(ledger.messages(0).after(), client).traffic().downHigh());
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
              small.federation.of(Client.Type.HIGH),
              SmallFederation.warmup(2, 0.1, 1));
      for (int round = 1; round <= 2; round++) {
        assertEquals(
            new Traffic(2 * 4 * d, 0, 2 * 4 * d, 0),
            small.run(fedAvg, round, round - 1, weights).messages().traffic());
      }
      int seeds = 3;
      ZoSgd zo =
          new ZoSgd(
              small.context(),
              small.federation.clients(),
              SmallFederation.zo(4, seeds, true, 2, 1));
      long terms = 12L * 4 * seeds;
      assertEquals(
          new Traffic(8L * seeds, 8L * seeds, 2 * (4 * d + terms), 2 * (4 * d + terms)),
          small.run(zo, 3, 0, weights).messages().traffic(),
          "the first zeroth-order round: everyone fetches the pivot's weights");
      assertEquals(
          new Traffic(8L * seeds, 8L * seeds, 2 * terms, 2 * terms),
          small.run(zo, 4, 1, weights).messages().traffic());
    }
  }
}
