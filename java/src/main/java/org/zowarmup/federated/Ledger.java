package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Counts every message of a run, and knows what each client already holds: who was absent pays when
 * it catches up, with the missed (seed, coefficient) pairs or with the whole model, whichever is
 * smaller. After a round that changed the weights densely only the whole model helps.
 */
public final class Ledger {
  private final long parameters;
  private final SortedMap<Integer, Held> held = new TreeMap<>();
  private long denseVersion;
  private long termsSinceDense;

  /** What the clients that the round touched held before it. */
  private final SortedMap<Integer, Held> before = new TreeMap<>();

  private long denseVersionBefore;
  private long termsBefore;
  private Traffic round = Traffic.ZERO;
  private Message wholeHistory; // null: none is known

  /** What a client holds: the dense version, and how many terms on top of it. */
  private record Held(long denseVersion, long terms) {}

  private static final Held NOTHING = new Held(-1, -1);

  /**
   * @param parameters d, without padding
   */
  public Ledger(long parameters) {
    this.parameters = parameters;
  }

  /** d, of all weights. */
  public long parameters() {
    return parameters;
  }

  public void up(Client client, Message message) {
    boolean high = client.type() == ClientClass.HIGH;
    long bytes = message.bytes();
    round = round.plus(new Traffic(high ? bytes : 0, high ? 0 : bytes, 0, 0));
  }

  private void down(Client client, Message message) {
    boolean high = client.type() == ClientClass.HIGH;
    long bytes = message.bytes();
    round = round.plus(new Traffic(0, 0, high ? bytes : 0, high ? 0 : bytes));
  }

  /** Brings a client to the server's weights, before it takes part in a round. */
  public void synchronize(Client client) {
    synchronize(client, parameters);
  }

  /**
   * Brings a client that holds a part of the weights only, the same one in all rounds, to the
   * server's.
   *
   * @param own how many parameters it holds
   */
  public void synchronize(Client client, long own) {
    Held has = held.get(client.id());
    Message model = new Message.Model(own);
    if (has == null || has.denseVersion != denseVersion) {
      down(client, model);
    } else if (has.terms < termsSinceDense) {
      Message missed = new Message.Terms(termsSinceDense - has.terms);
      Message all = wholeHistory == null ? model : smaller(wholeHistory, model);
      down(client, smaller(missed, all));
    }
    nowCurrent(client);
  }

  private static Message smaller(Message a, Message b) {
    return a.bytes() < b.bytes() ? a : b;
  }

  /** Who was absent can get this instead of what it missed, however much that was. */
  public void offerToAbsent(Message history) {
    wholeHistory = history;
  }

  private void nowCurrent(Client client) {
    Held had = held.put(client.id(), new Held(denseVersion, termsSinceDense));
    before.putIfAbsent(client.id(), had == null ? NOTHING : had);
  }

  /** The server's weights changed in a way that only the whole model tells. */
  public void denseUpdate() {
    denseVersion++;
    termsSinceDense = 0;
  }

  /** The server's weights changed by these terms; the round's cohort hears them at once. */
  public void seedUpdate(Iterable<Client> cohort, Message.Terms terms) {
    termsSinceDense += terms.count();
    for (Client client : cohort) {
      down(client, terms);
      nowCurrent(client);
    }
  }

  /** What the round sent so far; the next one starts from zero. */
  public Traffic takeRound() {
    Traffic taken = round;
    round = Traffic.ZERO;
    return taken;
  }

  /** What changed in the books since the last call. */
  public LedgerChange takeChange() {
    LedgerChange change = changeOf(before.keySet());
    closeRound();
    return change;
  }

  /** The books as they are, as one change to a new ledger. Traffic not yet taken is not in it. */
  public LedgerChange state() {
    return changeOf(held.keySet());
  }

  private LedgerChange changeOf(Iterable<Integer> clients) {
    List<LedgerChange.Entry> entries = new ArrayList<>();
    for (int id : clients) {
      Held has = held.get(id);
      entries.add(new LedgerChange.Entry(id, has.denseVersion, has.terms));
    }
    return new LedgerChange(denseVersion, termsSinceDense, entries);
  }

  /** Brings the books to where the ledger was that made the change. */
  public void apply(LedgerChange change) {
    denseVersion = change.denseVersion();
    termsSinceDense = change.terms();
    for (LedgerChange.Entry entry : change.clients()) {
      held.put(entry.client(), new Held(entry.denseVersion(), entry.terms()));
    }
    closeRound();
  }

  private void closeRound() {
    before.clear();
    denseVersionBefore = denseVersion;
    termsBefore = termsSinceDense;
  }

  /**
   * Takes back everything since the last {@link #takeChange}: the round was given up, and what it
   * sent counts as never sent.
   */
  public void discardRound() {
    before.forEach(
        (id, had) -> {
          if (had.equals(NOTHING)) {
            held.remove(id);
          } else {
            held.put(id, had);
          }
        });
    denseVersion = denseVersionBefore;
    termsSinceDense = termsBefore;
    round = Traffic.ZERO;
    before.clear();
  }
}
