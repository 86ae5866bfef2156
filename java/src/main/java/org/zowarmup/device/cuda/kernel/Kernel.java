package org.zowarmup.device.cuda.kernel;

import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.zowarmup.device.cuda.driver.CudaStatus;
import org.zowarmup.device.cuda.driver.CudaStream;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.driver.DevicePointer.Address;

/** One entry point of a kernel source, launched as the source says. */
public final class Kernel {
  private static final int ARGUMENT_BYTES = 8;

  private final KernelSignature signature;
  private final CUfunc_st function;
  private final int maxShared;

  /**
   * The shape of a launch.
   *
   * @param x blocks
   * @param y rows of blocks
   * @param block threads of a block
   * @param shared bytes of dynamic shared memory
   */
  private record Grid(int x, int y, int block, int shared) {
    @Override
    public String toString() {
      return "<<<%dx%d blocks, %d threads, %d shared bytes>>>".formatted(x, y, block, shared);
    }
  }

  /**
   * @param shared bytes of shared memory that a block of this GPU may have, all in all
   */
  Kernel(KernelSignature signature, CUfunc_st function, int shared) {
    this.signature = signature;
    this.function = function;
    int[] fixed = new int[1];
    String name = "shared memory of kernel " + signature.name();
    CudaStatus.driver(
        cudart.cuFuncGetAttribute(fixed, cudart.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, function),
        name);
    this.maxShared = shared - fixed[0];
    CudaStatus.driver(
        cudart.cuFuncSetAttribute(
            function, cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, maxShared),
        name);
  }

  /** Bytes of dynamic shared memory that a launch may ask for: what the kernel itself leaves. */
  public int maxShared() {
    return maxShared;
  }

  /**
   * A launch that can be queued again and again, refused now if the arguments are not what the
   * source declares.
   *
   * @param arguments DevicePointer or null for pointers, Long for 64-bit and Integer for 32-bit
   *     whole numbers, Float, Double
   */
  public CudaStep bind(CudaStream stream, Object... arguments) {
    return bindPerSample(stream, 0, 0, arguments);
  }

  /**
   * The same for a kernel with a row of blocks for each sample.
   *
   * @param shared bytes of dynamic shared memory
   */
  public CudaStep bindPerSample(CudaStream stream, int samples, int shared, Object... arguments) {
    signature.check(arguments);
    int[] blocks = signature.blocks(samples, arguments);
    Grid grid = new Grid(blocks[0], blocks[1], signature.block(), shared);
    return () -> launch(stream, grid, arguments);
  }

  private void launch(CudaStream stream, Grid grid, Object... arguments) {
    String shape = signature.name() + " " + grid;
    try (BytePointer values = new BytePointer((long) ARGUMENT_BYTES * arguments.length);
        PointerPointer<Pointer> pointers = new PointerPointer<>(arguments.length)) {
      for (int i = 0; i < arguments.length; i++) {
        long at = (long) ARGUMENT_BYTES * i;
        put(values, at, arguments[i]);
        pointers.put(i, new Address(values.address() + at));
      }
      CudaStatus.driver(
          cudart.cuLaunchKernel(
              function,
              grid.x(),
              grid.y(),
              1,
              grid.block(),
              1,
              1,
              grid.shared(),
              stream.handle(),
              pointers,
              new PointerPointer<>((Pointer) null)),
          "kernel " + shape);
    }
    stream.note(shape);
  }

  private static void put(BytePointer values, long at, Object argument) {
    if (argument instanceof DevicePointer pointer) {
      values.putLong(at, pointer.address());
    } else if (argument instanceof Long v) {
      values.putLong(at, v);
    } else if (argument instanceof Integer v) {
      values.putInt(at, v);
    } else if (argument instanceof Float v) {
      values.putFloat(at, v);
    } else if (argument instanceof Double v) {
      values.putDouble(at, v);
    } else {
      values.putLong(at, 0); // null, where the source declares a pointer
    }
  }
}
