package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.zowarmup.error.OutOfDeviceMemoryException;

/**
 * fp32 memory on a cache-line boundary, off the Java heap, zero at first, with guards on both sides
 * that are verified when it is closed. One owner closes it.
 */
final class AlignedFloats implements AutoCloseable {
  private static final int LINE_BYTES = 64;
  private static final int LINE = LINE_BYTES / Float.BYTES;
  private static final int GUARD = 4 * LINE;
  static final float GUARD_VALUE = Float.intBitsToFloat(0x7fa0_beef);
  private static final int GUARD_BITS = Float.floatToRawIntBits(GUARD_VALUE);

  private final String name;
  private final long length;
  private final FloatPointer allocation;
  private final FloatPointer data;
  private boolean closed;

  AlignedFloats(String name, long length) {
    this.name = name;
    this.length = length;
    this.allocation = allocate(name, length + 2L * GUARD + LINE);
    long misaligned = allocation.address() % LINE_BYTES / Float.BYTES;
    this.data = allocation.getPointer(GUARD + (LINE - misaligned) % LINE);
    zero(0, length);
    for (int i = 1; i <= GUARD; i++) {
      data.put(-i, GUARD_VALUE);
      data.put(length + i - 1, GUARD_VALUE);
    }
  }

  private static FloatPointer allocate(String name, long elements) {
    try {
      return new FloatPointer(elements);
    } catch (OutOfMemoryError e) {
      throw new OutOfDeviceMemoryException(
          CpuProvider.NAME,
          name,
          elements * Float.BYTES,
          "lower threads (each lane has buffers of its own), warmup.batch, zo.batch or"
              + " evaluate.batch",
          e);
    }
  }

  long length() {
    return length;
  }

  FloatPointer pointer() {
    if (closed) {
      throw new IllegalStateException(name + " used after close");
    }
    return data;
  }

  /** A view from an element on; to be dropped, never closed: that would free the whole. */
  FloatPointer pointer(long offset) {
    return pointer().getPointer(offset);
  }

  void zero(long from, long count) {
    Pointer.memset(data.getPointer(from), 0, count * Float.BYTES);
  }

  /** True if an element still holds the guard's bits. */
  boolean isGuard(long index) {
    return Float.floatToRawIntBits(data.get(index)) == GUARD_BITS;
  }

  void verify() {
    for (int i = 1; i <= GUARD; i++) {
      if (!isGuard(-i) || !isGuard(length + i - 1)) {
        throw new IllegalStateException(
            name + ": something wrote outside its " + length + " elements");
      }
    }
  }

  @Override
  public void close() {
    if (!closed) {
      verify();
      closed = true;
      allocation.close();
    }
  }
}
