package org.zowarmup.federated;

import java.util.List;

/**
 * A change of what the ledger knows about the clients, as a plain value: of one round, or of all
 * rounds so far.
 *
 * @param denseVersion version of the server's weights after the change
 * @param terms terms on top of that version
 * @param clients what the clients that took part hold now
 */
public record LedgerChange(long denseVersion, long terms, List<Entry> clients) {
  public LedgerChange {
    clients = List.copyOf(clients);
  }

  /** A client holds this version with so many terms on top. */
  public record Entry(int client, long denseVersion, long terms) {}

  /** Whether a client's entry says that it holds the server's weights. */
  public boolean current(Entry entry) {
    return entry.denseVersion() == denseVersion && entry.terms() == terms;
  }
}
