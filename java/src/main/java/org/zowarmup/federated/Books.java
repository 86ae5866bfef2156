package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/**
 * Records which version of the server's weights every client holds: a value, so that a round that
 * is given up is undone by dropping what it made of it. Version numbers count dense changes of the
 * weights; terms count the (seed, coefficient) pairs on top of one.
 *
 * <p>Books are those of the last accepted round and the clients that were touched since. Accepting
 * copies the pages of these clients alone, so a round costs the same among 1,000,000 clients.
 */
public final class Books {
  /** Books of a run's first round: no client holds anything. */
  public static final Books EMPTY =
      new Books(new Held[0][], Collections.emptySortedMap(), 0, 0); // what nothing changes

  private static final int PAGE_CLIENTS = 256;

  /** As many as {@code clients.count} allows. */
  private static final int MAX_CLIENTS = 1_000_000;

  private final Held[][] pages;
  private final SortedMap<Integer, Held> touched;
  private final long denseVersion;
  private final long terms;

  /** A client holds this version with so many terms on top. */
  public record Held(int client, long denseVersion, long terms) {}

  /**
   * A change of the books as plain values: of one round, or of all rounds so far.
   *
   * @param denseVersion version of the server's weights after the change
   * @param terms terms on top of that version
   * @param clients what the clients that took part hold now, in the order of their ids
   */
  public record Change(long denseVersion, long terms, List<Held> clients) {
    public Change {
      clients = List.copyOf(clients);
      for (Held held : clients) {
        if (held.client() < 0 || held.client() >= MAX_CLIENTS) {
          throw new IllegalArgumentException("client " + held.client());
        }
      }
    }

    /** Says whether a client holds the server's weights. */
    public boolean isCurrent(Held held) {
      return held.denseVersion() == denseVersion && held.terms() == terms;
    }
  }

  private Books(Held[][] pages, SortedMap<Integer, Held> touched, long denseVersion, long terms) {
    this.pages = pages;
    this.touched = touched;
    this.denseVersion = denseVersion;
    this.terms = terms;
  }

  public long denseVersion() {
    return denseVersion;
  }

  /** Terms since the last dense change. */
  public long terms() {
    return terms;
  }

  /** Clients touched since the last accepted round, not to be changed. */
  SortedMap<Integer, Held> touched() {
    return touched;
  }

  /** The version that a client holds; null for none. */
  Held heldOrNull(int client) {
    Held held = touched.get(client);
    if (held != null) {
      return held;
    }
    int page = client / PAGE_CLIENTS;
    return page < pages.length && pages[page] != null ? pages[page][client % PAGE_CLIENTS] : null;
  }

  /**
   * These books in the middle of a round.
   *
   * @param touchedNow all clients touched since the last accepted round
   */
  Books during(SortedMap<Integer, Held> touchedNow, long nowDenseVersion, long nowTerms) {
    return new Books(pages, touchedNow, nowDenseVersion, nowTerms);
  }

  /** The change by the rounds since the last accepted one. */
  public Change change() {
    return new Change(denseVersion, terms, new ArrayList<>(touched.values()));
  }

  /** The books of a round that counts. */
  public Books accepted() {
    return with(change());
  }

  /** The books after a change that was recorded; clients touched and not accepted are forgotten. */
  public Books with(Change change) {
    int most = pages.length;
    for (Held held : change.clients()) {
      most = Math.max(most, held.client() / PAGE_CLIENTS + 1);
    }
    Held[][] merged = Arrays.copyOf(pages, most);
    for (Held held : change.clients()) {
      int page = held.client() / PAGE_CLIENTS;
      Held[] before = page < pages.length ? pages[page] : null;
      if (merged[page] == before) {
        merged[page] = before == null ? new Held[PAGE_CLIENTS] : before.clone();
      }
      merged[page][held.client() % PAGE_CLIENTS] = held;
    }
    return new Books(merged, Collections.emptySortedMap(), change.denseVersion(), change.terms());
  }

  /** All that the accepted rounds made, as one change to {@link #EMPTY}. */
  public Change all() {
    List<Held> all = new ArrayList<>();
    for (Held[] page : pages) {
      if (page != null) {
        Arrays.stream(page).filter(held -> held != null).forEach(all::add);
      }
    }
    return new Change(denseVersion, terms, all);
  }
}
