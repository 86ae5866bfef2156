package org.zowarmup.config;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.zowarmup.error.ConfigException;

/** The rule that decides which clients are high-resource. */
public sealed interface HighResource {
  /** The word that leaves it to the memory budgets. */
  String MEMORY = "memory";

  String EXPECTED =
      "a part such as 0.1, a number of clients such as 3, a list of client numbers such as [0, 3],"
          + " or memory";

  /** Null where the node is none of these. */
  static HighResource read(JsonNode node) {
    if (node.isTextual() && node.textValue().equals(MEMORY)) {
      return new ByMemory();
    }
    if (node.isInt()) {
      return new Count(node.intValue());
    }
    if (!node.isArray()) {
      return ConfigTree.isFinite(node) ? new Share(node.doubleValue()) : null;
    }
    List<Integer> clients = new ArrayList<>();
    for (JsonNode client : node) {
      if (!client.isInt()) {
        return null;
      }
      clients.add(client.intValue());
    }
    return new Listed(clients);
  }

  /** As a config has it: a number, a list or {@value #MEMORY}. */
  @JsonValue
  Object json();

  /**
   * Refuses what cannot be for this many clients.
   *
   * @throws ConfigException with the path {@code high}
   */
  void check(int clients);

  /** High-resource clients among so many; with memory budgets at most all of them. */
  default int of(int clients) {
    return clients;
  }

  /** So many clients, drawn at random. */
  record Count(int count) implements HighResource {
    @Override
    public Object json() {
      return count;
    }

    @Override
    public int of(int clients) {
      return count;
    }

    @Override
    public void check(int clients) {
      if (count < 1 || count > clients) {
        throw new ConfigException(
            "high",
            "expected a number of clients from 1 to %d (clients.count), or a part such as 0.1 (1.0 is all); found %d"
                .formatted(clients, count));
      }
    }
  }

  /** A part of the clients, drawn at random. */
  record Share(double part) implements HighResource {
    @Override
    public Object json() {
      return part;
    }

    /** The part rounded to the nearest whole number, a half up. */
    @Override
    public int of(int clients) {
      return (int) StrictMath.floor(clients * part + 0.5);
    }

    @Override
    public void check(int clients) {
      if (!(part > 0 && part <= 1)) {
        throw new ConfigException("high", "expected a number above 0, at most 1.0, found " + part);
      }
      if (of(clients) < 1) {
        throw new ConfigException(
            "high",
            "expected a share that makes at least 1 of %d clients high-resource, found %s, which makes 0"
                .formatted(clients, part));
      }
    }
  }

  /** Clients by their numbers, from 0. */
  record Listed(List<Integer> clients) implements HighResource {
    public Listed {
      clients = List.copyOf(clients);
    }

    @Override
    public Object json() {
      return clients;
    }

    @Override
    public int of(int all) {
      return clients.size();
    }

    @Override
    public void check(int count) {
      if (clients.isEmpty()) {
        throw new ConfigException("high", "expected at least one client's number, found []");
      }
      for (int client : clients) {
        if (client < 0 || client >= count) {
          throw new ConfigException(
              "high",
              "expected client numbers from 0 to %d, found %d".formatted(count - 1, client));
        }
      }
      if (new HashSet<>(clients).size() < clients.size()) {
        throw new ConfigException("high", "expected every client once, found " + clients);
      }
    }
  }

  /** Those whose memory holds a training step. */
  record ByMemory() implements HighResource {
    @Override
    public Object json() {
      return MEMORY;
    }

    @Override
    public void check(int clients) {}
  }
}
