package org.zowarmup.federated;

import org.zowarmup.config.FaultsConfig;
import org.zowarmup.config.PrivacyConfig;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.executor.Executor;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Holds what every algorithm of one run works with.
 *
 * @param images the training images that the clients' indices mean
 * @param runSeed from which every random draw follows
 * @param faults what goes wrong with the clients of a round
 * @param privacy clipping and noise
 */
public record FederatedContext(
    Federation federation,
    Executor executor,
    ResidentImages images,
    long runSeed,
    Faults faults,
    PrivacyConfig privacy) {

  /** Of clients that never fail, without privacy. */
  public FederatedContext(
      Federation federation, Executor executor, ResidentImages images, long runSeed) {
    this(
        federation,
        executor,
        images,
        runSeed,
        new Faults(FaultsConfig.NONE, runSeed),
        PrivacyConfig.NONE);
  }

  /** That of a run with one of its seeds. */
  public static FederatedContext of(
      RunConfig config,
      Federation federation,
      Executor executor,
      ResidentImages images,
      long runSeed) {
    return new FederatedContext(
        federation,
        executor,
        images,
        runSeed,
        new Faults(config.faults(), runSeed),
        config.privacy());
  }

  /** d, of all weights. */
  public long parameters() {
    return executor.graph().layout().parameters();
  }

  /** Crops and flips of a client's job in a round; index distinguishes its jobs of that round. */
  public Augmentation augmentation(int round, Client client, int index) {
    return Augmentation.of(
        NamedRandom.key(runSeed, Purpose.AUGMENTATION, round, client.id(), index));
  }
}
