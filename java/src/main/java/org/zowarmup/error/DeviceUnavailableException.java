package org.zowarmup.error;

/** A device that was asked for by name and cannot start; carries the real cause. */
public final class DeviceUnavailableException extends UserErrorException {
  private static final long serialVersionUID = 1L;

  public DeviceUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }

  public DeviceUnavailableException(String message) {
    super(message);
  }
}
