package org.zowarmup.error;

/** A device that was asked for by name and cannot start; carries the real cause. */
public final class DeviceUnavailableException extends UserErrorException {
  private static final long serialVersionUID = 1L;

  private final String brief;

  /**
   * @param brief the same in a few words, for who takes another device instead
   */
  public DeviceUnavailableException(String message, String brief, Throwable cause) {
    super(message, cause);
    this.brief = brief;
  }

  public DeviceUnavailableException(String message, Throwable cause) {
    this(message, message, cause);
  }

  public DeviceUnavailableException(String message) {
    super(message);
    this.brief = message;
  }

  public String brief() {
    return brief;
  }
}
