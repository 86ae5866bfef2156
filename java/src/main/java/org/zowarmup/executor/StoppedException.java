package org.zowarmup.executor;

/** A stop was asked for in the middle of a round; the round is void. */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoppedException() {
    super("stopped between two jobs");
  }
}
