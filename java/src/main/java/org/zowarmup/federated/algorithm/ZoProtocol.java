package org.zowarmup.federated.algorithm;

import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.Message;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Names what the clients of a zeroth-order round agree on: whose directions they probe, and what
 * they send.
 *
 * @param poolSeeds seeds of a pool, where there is one
 * @param sendsVectors whether a client sends its changed weights instead of its scalars
 * @param announces whether the cohort receives the round's terms; where the round ends with a dense
 *     change of the weights they would not help
 */
public record ZoProtocol(Seeding seeding, int poolSeeds, boolean sendsVectors, boolean announces) {
  /** The source of seeds. */
  enum Seeding {
    /** Every client has its own. */
    OWN,
    /** All clients of a round have the same. */
    SHARED,
    /** Every probe draws one from a pool that lasts the whole run. */
    POOL
  }

  /** Names a seed: key(run seed; ZO_DIRECTION, round, owner, index). */
  public record SeedName(int round, int owner, int index) {
    public long seed(long runSeed) {
      return NamedRandom.key(runSeed, Purpose.ZO_DIRECTION, round, owner, index);
    }
  }

  /** Own or shared seeds, as the config says, and scalars for answers. */
  public static ZoProtocol of(ZoConfig config) {
    return new ZoProtocol(config.ownSeeds() ? Seeding.OWN : Seeding.SHARED, 0, false, true);
  }

  public static ZoProtocol pool(int poolSeeds) {
    return new ZoProtocol(Seeding.POOL, poolSeeds, false, true);
  }

  /** Whole vectors for answers. */
  public static ZoProtocol vectors() {
    return new ZoProtocol(Seeding.OWN, 0, true, false);
  }

  /** The same where others change the weights densely in the same round. */
  ZoProtocol silent() {
    return new ZoProtocol(seeding, poolSeeds, sendsVectors, false);
  }

  /** The seed of a client's probe of a round. */
  public SeedName name(long runSeed, int round, Client client, int index) {
    return switch (seeding) {
      case OWN -> new SeedName(round, client.id(), index);
      case SHARED -> new SeedName(round, NamedRandom.NONE, index);
      case POOL ->
          new SeedName(
              0,
              NamedRandom.NONE,
              NamedRandom.generator(runSeed, Purpose.ZO_POOL, round, client.id(), index)
                  .nextInt(poolSeeds));
    };
  }

  /** Serves an absent client instead of what it missed: a pool's sums; null where there is none. */
  Message wholeHistoryOrNull() {
    return seeding == Seeding.POOL ? Message.accumulator(poolSeeds) : null;
  }

  /** A client's answer at the end of a round for so many probes. */
  Message answer(int probes, long parameters) {
    if (sendsVectors) {
      return Message.model(parameters);
    }
    return seeding == Seeding.POOL ? Message.poolScalars(probes) : Message.scalars(probes);
  }
}
