package org.zowarmup.federated;

import java.util.List;
import java.util.stream.IntStream;

/**
 * All clients, in the order of their ids.
 *
 * @param clients at least one of them high-resource
 */
public record Federation(List<Client> clients) {
  public Federation {
    clients = List.copyOf(clients);
  }

  /** The clients of a class. */
  public List<Client> of(Client.Type type) {
    return clients.stream().filter(c -> c.type() == type).toList();
  }

  /** Everything that the clients hold back, in the order of their ids. */
  public int[] validation() {
    return clients.stream().flatMapToInt(c -> IntStream.of(c.validation())).toArray();
  }
}
