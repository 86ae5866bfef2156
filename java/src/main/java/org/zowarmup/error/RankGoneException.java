package org.zowarmup.error;

/** An exchange that cannot come about, since a rank has not come to it. */
public final class RankGoneException extends UserErrorException {
  private static final long serialVersionUID = 1L;

  public RankGoneException(String message) {
    super(message);
  }
}
