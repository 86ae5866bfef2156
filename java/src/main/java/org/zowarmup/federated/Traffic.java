package org.zowarmup.federated;

/**
 * Bytes between the server and the clients, all clients of a class together.
 *
 * @param upHigh bytes that high-resource clients sent
 * @param upLow bytes that low-resource clients sent
 * @param downHigh bytes that high-resource clients received
 * @param downLow bytes that low-resource clients received
 */
public record Traffic(long upHigh, long upLow, long downHigh, long downLow) {
  public static final Traffic ZERO = new Traffic(0, 0, 0, 0);

  /**
   * The sum.
   *
   * @throws ArithmeticException where it exceeds 64 bits
   */
  public Traffic plus(Traffic other) {
    return new Traffic(
        Math.addExact(upHigh, other.upHigh),
        Math.addExact(upLow, other.upLow),
        Math.addExact(downHigh, other.downHigh),
        Math.addExact(downLow, other.downLow));
  }

  /** Bytes that the clients of a class sent. */
  public long up(Client.Type clients) {
    return clients == Client.Type.HIGH ? upHigh : upLow;
  }

  /** Bytes that the clients of a class received. */
  public long down(Client.Type clients) {
    return clients == Client.Type.HIGH ? downHigh : downLow;
  }
}
