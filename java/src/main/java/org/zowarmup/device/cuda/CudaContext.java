package org.zowarmup.device.cuda;

import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.zowarmup.error.OutOfDeviceMemoryException;

/** One GPU as this process uses it: its memory, and which thread works on it. */
final class CudaContext {
  private static final String ADVICE =
      "lower zo.batch, warmup.batch or evaluate.batch, or let fewer lanes run with"
          + " ZOWARMUP_CUDA_LANES";

  private final Gpu gpu;

  CudaContext(Gpu gpu) {
    this.gpu = gpu;
  }

  Gpu gpu() {
    return gpu;
  }

  String name() {
    return "cuda:" + gpu.index();
  }

  /** Every thread says so before its first call: CUDA keeps the current device per thread. */
  void makeCurrent() {
    CudaStatus.runtime(cudart.cudaSetDevice(gpu.index()), "cudaSetDevice");
  }

  /** Bytes that are free on the GPU now. */
  long freeBytes() {
    try (SizeTPointer free = new SizeTPointer(1);
        SizeTPointer total = new SizeTPointer(1)) {
      CudaStatus.runtime(cudart.cudaMemGetInfo(free, total), "cudaMemGetInfo");
      return free.get();
    }
  }

  /**
   * @param what the buffer, for messages
   */
  Pointer allocate(String what, long bytes) {
    makeCurrent();
    Pointer pointer = new Pointer();
    int code = cudart.cudaMalloc(pointer, bytes);
    if (code == cudart.cudaErrorMemoryAllocation) {
      cudart.cudaGetLastError(); // a failed allocation is no failure of what comes next
      throw new OutOfDeviceMemoryException(name(), what, bytes, freeBytes(), ADVICE);
    }
    CudaStatus.runtime(code, "cudaMalloc of " + bytes + " bytes for " + what);
    return pointer;
  }
}
