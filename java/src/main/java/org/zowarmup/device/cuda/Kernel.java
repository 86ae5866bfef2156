package org.zowarmup.device.cuda;

import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * One entry point of a kernel source. Which arguments it takes and how it is launched stands in the
 * source.
 */
final class Kernel {
  /** Threads of a block unless a kernel says otherwise. */
  static final int BLOCK = 256;

  private static final int MAX_GRID = 65_535;
  private static final int ARGUMENT_BYTES = 8;

  private final String name;
  private final CUfunc_st function;
  private int allowedShared = 48 * 1024;

  /**
   * How a kernel is launched.
   *
   * @param x blocks
   * @param y rows of blocks
   * @param block threads of a block
   * @param shared bytes of dynamic shared memory
   */
  record Grid(int x, int y, int block, int shared) {
    @Override
    public String toString() {
      return "<<<%dx%d blocks, %d threads, %d shared bytes>>>".formatted(x, y, block, shared);
    }
  }

  Kernel(String name, CUfunc_st function) {
    this.name = name;
    this.function = function;
  }

  String name() {
    return name;
  }

  /** Blocks for {@code items} where one block does {@code perBlock}; kernels loop over the rest. */
  static int blocks(long items, int perBlock) {
    return (int) Math.max(1, Math.min(MAX_GRID, (items + perBlock - 1) / perBlock));
  }

  /** Blocks of an element-wise kernel. */
  static int elementwise(long n) {
    return blocks(n, 2048);
  }

  /** Blocks of a kernel that gives a warp to each row. */
  static int rows(long rows) {
    return blocks(rows, 8);
  }

  void launch(CudaStream stream, int grid, Object... arguments) {
    launch(stream, new Grid(grid, 1, BLOCK, 0), arguments);
  }

  /**
   * Queues a launch.
   *
   * @param arguments Long for pointers and 64-bit numbers, Integer, Float, Double; null for a null
   *     pointer
   */
  void launch(CudaStream stream, Grid grid, Object... arguments) {
    String shape = name + " " + grid;
    if (grid.shared() > allowedShared) {
      CudaStatus.driver(
          cudart.cuFuncSetAttribute(
              function, cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, grid.shared()),
          "shared memory of kernel " + shape);
      allowedShared = grid.shared();
    }
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

  private void put(BytePointer values, long at, Object argument) {
    if (argument == null) {
      values.putLong(at, 0);
    } else if (argument instanceof Long v) {
      values.putLong(at, v);
    } else if (argument instanceof Integer v) {
      values.putInt(at, v);
    } else if (argument instanceof Float v) {
      values.putFloat(at, v);
    } else if (argument instanceof Double v) {
      values.putDouble(at, v);
    } else {
      throw new IllegalArgumentException(
          "kernel " + name + ": an argument of type " + argument.getClass().getSimpleName());
    }
  }
}
