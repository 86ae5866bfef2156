package org.zowarmup.federated;

import org.zowarmup.device.Augmentation;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.executor.Executor;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * What every algorithm of one run works with.
 *
 * @param images the training images that the clients' indices mean
 * @param runSeed from which every random draw follows
 */
public record FederatedContext(
    Federation federation, Executor executor, ResidentImages images, Ledger ledger, long runSeed) {

  /** Crops and flips of a client's job in a round; index tells its jobs of that round apart. */
  Augmentation augmentation(int round, Client client, int index) {
    return Augmentation.of(
        NamedRandom.key(runSeed, Purpose.AUGMENTATION, round, client.id(), index));
  }
}
