package org.zowarmup.data.partition;

/**
 * Settings of the {@code file} partition.
 *
 * @param path JSON file with one list of sample indices a client, from the working directory;
 *     required, and null only as the default
 */
public record IndexFileConfig(String path) {}
