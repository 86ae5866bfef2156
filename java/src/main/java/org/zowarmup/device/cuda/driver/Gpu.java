package org.zowarmup.device.cuda.driver;

import java.util.Locale;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.zowarmup.error.OutOfDeviceMemoryException;

/**
 * One GPU as the driver describes it and as this process uses it: its memory, and which thread
 * works on it.
 *
 * @param index as CUDA counts, after CUDA_VISIBLE_DEVICES
 * @param capability compute capability, major * 10 + minor
 */
public record Gpu(
    int index, String model, long memoryBytes, int capability, int processors, String driver) {
  private static final int NAME_CHARS = 256;
  private static final String ADVICE =
      "lower zo.batch, warmup.batch or evaluate.batch, or let fewer lanes run with"
          + " ZOWARMUP_CUDA_LANES";

  /** GPUs that this process may use; only once the libraries are loaded. */
  public static int count() {
    int[] count = new int[1];
    return cudart.cudaGetDeviceCount(count) == cudart.cudaSuccess ? count[0] : 0;
  }

  /** Why there is none, in the words of the driver; null when there is one. */
  public static String noneReason() {
    int[] count = new int[1];
    int code = cudart.cudaGetDeviceCount(count);
    if (code == cudart.cudaSuccess && count[0] > 0) {
      return null;
    }
    cudart.cudaGetLastError(); // the runtime would hand the same error to the next caller
    String visible = System.getenv("CUDA_VISIBLE_DEVICES");
    String hint = visible == null ? "" : "; CUDA_VISIBLE_DEVICES is '" + visible + "'";
    return code == cudart.cudaSuccess
        ? "the driver sees no GPU" + hint
        : "the driver refuses: "
            + cudart.cudaGetErrorName(code).getString()
            + " ("
            + cudart.cudaGetErrorString(code).getString()
            + ")"
            + hint;
  }

  public static Gpu of(int index) {
    CudaStatus.driver(cudart.cuInit(0), "cuInit");
    int[] device = new int[1];
    CudaStatus.driver(cudart.cuDeviceGet(device, index), "cuDeviceGet");
    int[] version = new int[1];
    CudaStatus.runtime(cudart.cudaDriverGetVersion(version), "cudaDriverGetVersion");
    try (BytePointer name = new BytePointer(NAME_CHARS);
        SizeTPointer bytes = new SizeTPointer(1)) {
      CudaStatus.driver(cudart.cuDeviceGetName(name, NAME_CHARS, device[0]), "cuDeviceGetName");
      CudaStatus.driver(cudart.cuDeviceTotalMem(bytes, device[0]), "cuDeviceTotalMem");
      return new Gpu(
          index,
          text(name),
          bytes.get(),
          attribute(index, cudart.cudaDevAttrComputeCapabilityMajor) * 10
              + attribute(index, cudart.cudaDevAttrComputeCapabilityMinor),
          attribute(index, cudart.cudaDevAttrMultiProcessorCount),
          version[0] / 1000 + "." + version[0] % 1000 / 10);
    }
  }

  /** Up to the zero byte; the bindings would take the whole buffer. */
  private static String text(BytePointer bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < NAME_CHARS && bytes.get(i) != 0; i++) {
      text.append((char) bytes.get(i));
    }
    return text.toString();
  }

  public static int attribute(int index, int attribute) {
    int[] value = new int[1];
    CudaStatus.runtime(
        cudart.cudaDeviceGetAttribute(value, attribute, index), "cudaDeviceGetAttribute");
    return value[0];
  }

  public String description() {
    return String.format(
        Locale.ROOT,
        "%s, %.1f GB, compute capability %d.%d, %d multiprocessors, driver for CUDA %s",
        model,
        memoryBytes * 1e-9,
        capability / 10,
        capability % 10,
        processors,
        driver);
  }

  public String name() {
    return "cuda:" + index;
  }

  /** Every thread says so before its first call: CUDA keeps the current device per thread. */
  public void makeCurrent() {
    CudaStatus.runtime(cudart.cudaSetDevice(index), "cudaSetDevice");
  }

  /** Bytes that are free on the GPU now. */
  public long freeBytes() {
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
