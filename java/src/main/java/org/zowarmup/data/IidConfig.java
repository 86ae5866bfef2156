package org.zowarmup.data;

/** Settings of the {@code iid} partition: none. */
public record IidConfig() {}
