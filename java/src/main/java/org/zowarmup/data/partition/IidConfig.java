package org.zowarmup.data.partition;

/** Settings of the {@code iid} partition: none. */
public record IidConfig() {}
