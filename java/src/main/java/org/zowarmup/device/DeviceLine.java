package org.zowarmup.device;

import java.util.List;

/**
 * One entry of the list of devices.
 *
 * @param description what it is, or why it cannot start
 * @param details lines about the libraries that it stands on: version and path, or how to get them
 */
public record DeviceLine(String name, boolean available, String description, List<String> details) {
  public DeviceLine {
    details = List.copyOf(details);
  }

  public DeviceLine(String name, boolean available, String description) {
    this(name, available, description, List.of());
  }
}
