package org.zowarmup.record.checkpoint;

import java.util.Optional;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.SeedUpdate;

/**
 * One round in a seed log.
 *
 * @param round from 1, counted through all phases
 * @param roundOfPhase from 0
 * @param update what it did to the weights; empty where seeds cannot tell
 * @param ledger what it changed in the ledger's books
 */
public record SeedLogRound(
    int round, int roundOfPhase, Optional<SeedUpdate> update, Books.Change ledger) {}
