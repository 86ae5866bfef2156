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

  private DivergedException(String message) {
    super(message);
  }

  /** Every answer of a round was refused. */
  public static DivergedException nothingLeft(int round, String learningRate) {
    return new DivergedException(
        "round %d: expected at least one answer that the server can take, found that all were refused; lower %s, or widen faults.maxScalar and faults.maxChange"
            .formatted(round, learningRate));
  }
}
