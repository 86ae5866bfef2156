package org.zowarmup.federated;

import java.util.HashMap;
import java.util.Map;

/**
 * Counts every message of a run, and knows what each client already holds: who was absent pays when
 * it catches up, with the missed (seed, coefficient) pairs or with the whole model, whichever is
 * smaller. After a round that changed the weights densely only the whole model helps.
 */
public final class Ledger {
  private final long parameters;
  private final Map<Integer, Held> held = new HashMap<>();
  private long denseVersion;
  private long termsSinceDense;
  private Traffic round = Traffic.ZERO;

  /** What a client holds: the dense version, and how many terms on top of it. */
  private record Held(long denseVersion, long terms) {}

  /**
   * @param parameters d, without padding
   */
  public Ledger(long parameters) {
    this.parameters = parameters;
  }

  long parameters() {
    return parameters;
  }

  void up(Client client, Message message) {
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
  void synchronize(Client client) {
    Held has = held.get(client.id());
    Message model = new Message.Model(parameters);
    if (has == null || has.denseVersion != denseVersion) {
      down(client, model);
    } else if (has.terms < termsSinceDense) {
      Message missed = new Message.Terms(termsSinceDense - has.terms);
      down(client, missed.bytes() < model.bytes() ? missed : model);
    }
    held.put(client.id(), new Held(denseVersion, termsSinceDense));
  }

  /** The server's weights changed in a way that only the whole model tells. */
  void denseUpdate() {
    denseVersion++;
    termsSinceDense = 0;
  }

  /** The server's weights changed by these terms; the round's cohort hears them at once. */
  void seedUpdate(Iterable<Client> cohort, Message.Terms terms) {
    termsSinceDense += terms.count();
    for (Client client : cohort) {
      down(client, terms);
      held.put(client.id(), new Held(denseVersion, termsSinceDense));
    }
  }

  /** What the round sent so far; the next one starts from zero. */
  public Traffic takeRound() {
    Traffic taken = round;
    round = Traffic.ZERO;
    return taken;
  }
}
