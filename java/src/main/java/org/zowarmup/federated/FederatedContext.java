package org.zowarmup.federated;

import org.zowarmup.device.ResidentImages;
import org.zowarmup.executor.Executor;

/**
 * What every algorithm of one run works with.
 *
 * @param images the training images that the clients' indices mean
 * @param runSeed from which every random draw follows
 */
public record FederatedContext(
    Federation federation, Executor executor, ResidentImages images, Ledger ledger, long runSeed) {}
