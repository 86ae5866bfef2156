package org.zowarmup.device.cuda;

import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;

/**
 * A stretch of device memory with one owner. Its content is undefined at first. No one closes it
 * while work that uses it is queued.
 */
final class DeviceMemory implements DevicePointer, AutoCloseable {
  private final CudaContext context;
  private final String name;
  private final long bytes;
  private final Pointer pointer;
  private boolean closed;

  DeviceMemory(CudaContext context, String name, long bytes) {
    this.context = context;
    this.name = name;
    this.bytes = bytes;
    this.pointer = context.allocate(name, Math.max(1, bytes));
  }

  long bytes() {
    return bytes;
  }

  @Override
  public long address() {
    if (closed) {
      throw new IllegalStateException(name + " used after close");
    }
    return pointer.address();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      context.makeCurrent();
      CudaStatus.runtime(cudart.cudaFree(pointer), "cudaFree of " + name);
    }
  }
}
