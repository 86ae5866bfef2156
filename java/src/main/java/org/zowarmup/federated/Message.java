package org.zowarmup.federated;

/**
 * A message between the server and a client; the ledger counts these, so a byte is counted where it
 * is sent.
 *
 * @param bytes of its payload
 */
public record Message(long bytes) {
  public Message {
    if (bytes < 0) {
      throw new IllegalArgumentException("a message of " + bytes + " bytes");
    }
  }

  /** All d weights, fp32. */
  public static Message model(long parameters) {
    return new Message(parameters * Float.BYTES);
  }

  /** One fp32 scalar a probe. */
  public static Message scalars(long count) {
    return new Message(count * Float.BYTES);
  }

  /** One fp32 scalar a probe, with the 32-bit number of its seed in the pool. */
  public static Message poolScalars(long count) {
    return new Message(count * (Float.BYTES + Integer.BYTES));
  }

  /** One fp32 sum for every seed of a pool: all that any number of rounds did (FedKSeed). */
  public static Message accumulator(long poolSeeds) {
    return new Message(poolSeeds * Float.BYTES);
  }

  /** Pairs of a 64-bit seed and an fp32 coefficient. */
  public static Message terms(long count) {
    return new Message(count * (Long.BYTES + Float.BYTES));
  }
}
