package org.zowarmup.federated;

import org.zowarmup.error.UserErrorException;

/** Training left the range of numbers. */
public final class DivergedException extends UserErrorException {
  private static final long serialVersionUID = 1L;

  DivergedException(int round, Client client, String found, String advice) {
    super(
        "round %d, client %d: expected finite numbers, found %s; %s"
            .formatted(round, client.id(), found, advice));
  }
}
