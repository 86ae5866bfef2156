package org.zowarmup.federated;

/**
 * A message between the server and a client; the ledger counts these, so a byte is counted where it
 * is sent.
 */
public sealed interface Message {
  /** Payload in bytes. */
  long bytes();

  /** All d weights, fp32. */
  record Model(long parameters) implements Message {
    @Override
    public long bytes() {
      return parameters * Float.BYTES;
    }
  }

  /** One fp32 scalar a probe. */
  record Scalars(long count) implements Message {
    @Override
    public long bytes() {
      return count * Float.BYTES;
    }
  }

  /** One fp32 scalar a probe, with the 32-bit number of its seed in the pool. */
  record PoolScalars(long count) implements Message {
    @Override
    public long bytes() {
      return count * (Float.BYTES + Integer.BYTES);
    }
  }

  /** One fp32 sum for every seed of a pool: all that any number of rounds did (FedKSeed). */
  record Accumulator(long poolSeeds) implements Message {
    @Override
    public long bytes() {
      return poolSeeds * Float.BYTES;
    }
  }

  /** Pairs of a 64-bit seed and an fp32 coefficient. */
  record Terms(long count) implements Message {
    @Override
    public long bytes() {
      return count * (Long.BYTES + Float.BYTES);
    }
  }
}
