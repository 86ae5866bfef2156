package org.zowarmup.error;

/** A device that has too little memory for what a config asks. */
public final class OutOfDeviceMemoryException extends UserErrorException {
  private static final long serialVersionUID = 1L;

  /**
   * @param what the buffer
   * @param askedBytes its size
   * @param advice which keys to lower
   */
  public OutOfDeviceMemoryException(
      String device, String what, long askedBytes, String advice, Throwable cause) {
    super(
        "device %s is out of memory: %s needs %d bytes; %s"
            .formatted(device, what, askedBytes, advice),
        cause);
  }

  /**
   * @param freeBytes what the device has left
   */
  public OutOfDeviceMemoryException(
      String device, String what, long askedBytes, long freeBytes, String advice) {
    super(
        "device %s is out of memory: %s needs %d bytes, %d are free; %s"
            .formatted(device, what, askedBytes, freeBytes, advice));
  }
}
