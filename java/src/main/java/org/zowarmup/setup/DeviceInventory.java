package org.zowarmup.setup;

import java.util.List;
import org.zowarmup.device.DeviceLine;

/** Knows the devices that a config can name. */
public interface DeviceInventory {
  /** Every device of this build, those that cannot start here too. */
  List<DeviceLine> list();
}
