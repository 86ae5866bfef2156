package org.zowarmup.record.checkpoint;

/**
 * The run that a seed log belongs to.
 *
 * @param runSeed from which the seeds follow
 * @param layoutHash of the weights that it is about, SHA-256 in hexadecimal
 */
public record SeedLogHeader(String method, long runSeed, String layoutHash) {}
