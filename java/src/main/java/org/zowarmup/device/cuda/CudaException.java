package org.zowarmup.device.cuda;

/** A CUDA call that failed though nothing the user asked for was wrong. */
final class CudaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CudaException(String call, String name, String text) {
    super(call + " failed: " + name + (text.equals(name) ? "" : ", " + text));
  }
}
