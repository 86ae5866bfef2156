package org.zowarmup.error;

/**
 * A layer, precision or option that the chosen device does not run; named when a plan is compiled.
 */
public final class UnsupportedException extends UserErrorException {
  private static final long serialVersionUID = 1L;

  public UnsupportedException(String message) {
    super(message);
  }
}
