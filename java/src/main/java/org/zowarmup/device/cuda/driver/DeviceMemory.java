package org.zowarmup.device.cuda.driver;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A stretch of device memory with one owner. Its content is undefined at first. No one closes it
 * while work that uses it is queued.
 */
public final class DeviceMemory implements DevicePointer, AutoCloseable {
  private final Gpu gpu;
  private final String name;
  private final long bytes;
  private final Pointer pointer;
  private boolean closed;

  public DeviceMemory(Gpu gpu, String name, long bytes) {
    this.gpu = gpu;
    this.name = name;
    this.bytes = bytes;
    this.pointer = gpu.allocate(name, Math.max(1, bytes));
  }

  public long bytes() {
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
      gpu.makeCurrent();
      CudaStatus.runtime(cudart.cudaFree(pointer), "cudaFree of " + name);
    }
  }

  /**
   * Page-locked host memory that copies to and from the GPU run beside. It may be written or read
   * only while no copy that uses it is queued.
   */
  public static final class Pinned implements AutoCloseable {
    private final Gpu gpu;
    private final Pointer pointer;
    private final ByteBuffer bytes;
    private boolean closed;

    public Pinned(Gpu gpu, String name, int size) {
      this.gpu = gpu;
      gpu.makeCurrent();
      this.pointer = new Pointer();
      CudaStatus.runtime(
          cudart.cudaHostAlloc(pointer, size, cudart.cudaHostAllocDefault),
          "cudaHostAlloc of " + size + " bytes for " + name);
      this.bytes =
          new BytePointer(pointer).capacity(size).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** All of it, little endian, to be used with absolute indices. */
    public ByteBuffer bytes() {
      if (closed) {
        throw new IllegalStateException("pinned memory used after close");
      }
      return bytes;
    }

    public long address() {
      return pointer.address();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        gpu.makeCurrent();
        CudaStatus.runtime(cudart.cudaFreeHost(pointer), "cudaFreeHost");
      }
    }
  }
}
