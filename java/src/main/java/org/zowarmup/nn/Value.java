package org.zowarmup.nn;

/**
 * An activation or gradient of a plan, before it has a place in the arena.
 *
 * @param id position in {@link Plan#values()}
 * @param name for messages: the node that makes it
 * @param perSample fp32 elements of one sample; a batch holds them one sample after the other
 */
public record Value(int id, String name, long perSample) {}
