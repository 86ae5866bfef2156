package org.zowarmup.device;

/**
 * One line of the list of devices.
 *
 * @param description what it is, or why it cannot start
 */
public record DeviceLine(String name, boolean available, String description) {}
