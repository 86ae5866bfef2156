package org.zowarmup.device.cuda;

/**
 * A place in device memory: fixed, or looked up at every use. Owns nothing; 0 is a null pointer.
 */
@FunctionalInterface
interface DevicePointer {
  long address();

  /** The place that lies {@code bytes} further on. */
  default DevicePointer plus(long bytes) {
    return () -> address() + bytes;
  }
}
