package org.zowarmup.device.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Page-locked host memory that copies to and from the GPU run beside. It may be written or read
 * only while no copy that uses it is queued.
 */
final class PinnedMemory implements AutoCloseable {
  private final CudaContext context;
  private final Pointer pointer;
  private final ByteBuffer bytes;
  private boolean closed;

  PinnedMemory(CudaContext context, String name, int size) {
    this.context = context;
    context.makeCurrent();
    this.pointer = new Pointer();
    CudaStatus.runtime(
        cudart.cudaHostAlloc(pointer, size, cudart.cudaHostAllocDefault),
        "cudaHostAlloc of " + size + " bytes for " + name);
    this.bytes =
        new BytePointer(pointer).capacity(size).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** All of it, little endian, to be used with absolute indices. */
  ByteBuffer bytes() {
    if (closed) {
      throw new IllegalStateException("pinned memory used after close");
    }
    return bytes;
  }

  long address() {
    return pointer.address();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      context.makeCurrent();
      CudaStatus.runtime(cudart.cudaFreeHost(pointer), "cudaFreeHost");
    }
  }
}
