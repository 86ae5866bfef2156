package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Counts the messages of one round and updates the books: a client that was absent pays when it
 * catches up, with the missed (seed, coefficient) pairs or with the whole model, whichever is
 * smaller. After a round that changed the weights densely only the whole model helps.
 */
public final class Ledger {
  private final Books before;
  private final Message wholeHistoryOrNull;
  private final SortedMap<Integer, Books.Held> touched;
  private final List<Answer> answers = new ArrayList<>();
  private final List<Client> present = new ArrayList<>();
  private long denseVersion;
  private long terms;
  private Traffic traffic = Traffic.ZERO;
  private Work work = Work.ZERO;
  private Faults.Count missed = Faults.Count.NONE;

  /** A client that answers in time, and whether wrongly. */
  public record Answer(Client client, boolean corrupted) {}

  public Ledger(Books before) {
    this(before, null);
  }

  /**
   * @param wholeHistoryOrNull serves an absent client instead of what it missed, however much that
   *     was
   */
  public Ledger(Books before, Message wholeHistoryOrNull) {
    this.before = before;
    this.wholeHistoryOrNull = wholeHistoryOrNull;
    this.touched = new TreeMap<>(before.touched());
    this.denseVersion = before.denseVersion();
    this.terms = before.terms();
  }

  /**
   * Calls a client of the round's cohort: it is brought up to date, and answers where the outcome
   * is an answer.
   *
   * @param own parameters of the network that it holds
   */
  public void call(Client client, long own, Message answer, Faults.Outcome outcome) {
    synchronize(client, own);
    if (outcome == Faults.Outcome.DROPS) {
      missed = missed.plus(new Faults.Count(1, 0, 0));
      return;
    }
    up(client, answer);
    present.add(client);
    if (outcome == Faults.Outcome.LATE) {
      missed = missed.plus(new Faults.Count(0, 1, 0));
    } else {
      answers.add(new Answer(client, outcome == Faults.Outcome.CORRUPTS));
    }
  }

  /** Clients that were called and answer in time, in the order of the calls. */
  public List<Answer> answers() {
    return List.copyOf(answers);
  }

  /** Counts what a client computes by back-propagation: images, each as often as it is seen. */
  public void trains(Client client, long images, long forwardFlops) {
    work = work.plus(Work.training(client, images, forwardFlops));
  }

  /** Counts what a client computes by forward passes alone. */
  public void probes(Client client, long images, long forwardFlops) {
    work = work.plus(Work.probing(client, images, forwardFlops));
  }

  public void up(Client client, Message message) {
    boolean high = client.type() == Client.Type.HIGH;
    long bytes = message.bytes();
    traffic = traffic.plus(new Traffic(high ? bytes : 0, high ? 0 : bytes, 0, 0));
  }

  private void down(Client client, Message message) {
    boolean high = client.type() == Client.Type.HIGH;
    long bytes = message.bytes();
    traffic = traffic.plus(new Traffic(0, 0, high ? bytes : 0, high ? 0 : bytes));
  }

  /**
   * Brings a client to the server's weights, or to the part of them that it holds, the same one in
   * all rounds.
   *
   * @param own how many parameters it holds
   */
  public void synchronize(Client client, long own) {
    Books.Held now = touched.get(client.id());
    Books.Held has = now == null ? before.heldOrNull(client.id()) : now;
    if (now == null) {
      work = work.plus(Work.present(client, has == null));
    }
    Message model = Message.model(own);
    if (has == null || has.denseVersion() != denseVersion) {
      down(client, model);
    } else if (has.terms() < terms) {
      Message all = wholeHistoryOrNull == null ? model : smaller(wholeHistoryOrNull, model);
      down(client, smaller(Message.terms(terms - has.terms()), all));
    }
    nowCurrent(client);
  }

  private static Message smaller(Message a, Message b) {
    return a.bytes() < b.bytes() ? a : b;
  }

  private void nowCurrent(Client client) {
    touched.put(client.id(), new Books.Held(client.id(), denseVersion, terms));
  }

  /** The server's weights changed in a way that only the whole model tells. */
  public void denseUpdate() {
    denseVersion++;
    terms = 0;
  }

  /**
   * The server's weights changed by these terms; a client that was called and is present gets them
   * now.
   */
  public void seedUpdate(long newTerms) {
    terms += newTerms;
    for (Client client : present) {
      down(client, Message.terms(newTerms));
      nowCurrent(client);
    }
  }

  /**
   * The round's messages, all of them.
   *
   * @param refused answers that came in time and that the server did not take
   */
  public Round.Messages messages(int refused) {
    Books after = before.during(new TreeMap<>(touched), denseVersion, terms);
    Faults.Count all = missed.plus(new Faults.Count(0, 0, refused));
    return new Round.Messages(traffic, work, after, all);
  }
}
