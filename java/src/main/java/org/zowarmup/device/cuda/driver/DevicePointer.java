package org.zowarmup.device.cuda.driver;

import org.bytedeco.javacpp.Pointer;

/**
 * A place in device memory: fixed, or looked up at every use. Owns nothing; 0 is a null pointer.
 */
@FunctionalInterface
public interface DevicePointer {
  long address();

  /** The place that lies {@code bytes} further on. */
  default DevicePointer plus(long bytes) {
    return () -> address() + bytes;
  }

  /** A place in device memory as the bindings take it; owns nothing. */
  public final class Address extends Pointer implements DevicePointer {
    public Address(long value) {
      super((Pointer) null);
      address = value;
    }

    /** Where {@code place} is now. */
    public static Address of(DevicePointer place) {
      return new Address(place.address());
    }
  }
}
