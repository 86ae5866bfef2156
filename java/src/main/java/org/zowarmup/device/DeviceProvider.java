package org.zowarmup.device;

import java.util.List;
import java.util.Set;
import org.zowarmup.nn.op.Op;

/** A family of devices, found by {@link java.util.ServiceLoader}. */
public interface DeviceProvider {
  /** The devices of this family, those that cannot start included, with the reason. */
  List<Devices.Line> list(int threads);

  /** The same, each device held against the host first where it is not proven by itself. */
  default List<Devices.Line> test(int threads) {
    return list(threads);
  }

  /** What {@code auto} says of a device of this family beside that it starts; often nothing. */
  default String proof() {
    return "";
  }

  /** True where this family has a device of that name, whether or not it can start. */
  default boolean owns(String name) {
    return name.equals(defaultName());
  }

  /** Its place in the order in which {@code auto} tries: smaller first; negative for never. */
  default int autoOrder() {
    return -1;
  }

  /** The name that {@code auto} uses for this family. */
  String defaultName();

  /** The types of operations that these devices run; a plan with another is refused. */
  Set<Class<? extends Op>> operations();

  /**
   * Starts a device.
   *
   * @param threads CPU threads it may use, at least 1
   * @throws org.zowarmup.error.DeviceUnavailableException with the real cause when it cannot start
   */
  Device open(String name, int threads);
}
