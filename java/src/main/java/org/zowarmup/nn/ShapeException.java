package org.zowarmup.nn;

import org.zowarmup.error.UserErrorException;

/** A layer that does not fit its inputs; the message names the layer. */
public final class ShapeException extends UserErrorException {
  private static final long serialVersionUID = 1L;

  public ShapeException(String node, String expected, String found) {
    super("layer " + node + ": expected " + expected + ", found " + found);
  }
}
