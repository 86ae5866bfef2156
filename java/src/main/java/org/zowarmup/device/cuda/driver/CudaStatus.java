package org.zowarmup.device.cuda.driver;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.zowarmup.error.DeviceLostException;

/** Checks what CUDA's functions return; every call goes through here. */
public final class CudaStatus {
  private static final int ERROR_TEXT_BYTES = 1024;

  /** Faults of the hardware, or of others who use it; cudaErrorUnknown is what an Xid leaves. */
  private static final Set<Integer> LOST =
      Set.of(
          cudart.cudaErrorDevicesUnavailable,
          cudart.cudaErrorECCUncorrectable,
          cudart.cudaErrorNvlinkUncorrectable,
          cudart.cudaErrorHardwareStackError,
          cudart.cudaErrorUnknown);

  private CudaStatus() {}

  /**
   * @param call the function and, where it helps, what it was called for
   */
  public static void runtime(int code, String call) {
    if (code != cudart.cudaSuccess) {
      cudart.cudaGetLastError(); // taken here, so that no later call reports it again
      String name = cudart.cudaGetErrorName(code).getString();
      String text = cudart.cudaGetErrorString(code).getString();
      if (LOST.contains(code)) {
        int[] device = new int[1];
        cudart.cudaGetDevice(device);
        throw new DeviceLostException(
            "cuda:" + device[0], "%s failed: %s, %s".formatted(call, name, text));
      }
      throw new CudaException(call, name, text);
    }
  }

  public static void driver(int code, String call) {
    if (code != cudart.CUDA_SUCCESS) {
      throw new CudaException(call, driverText(code, true), driverText(code, false));
    }
  }

  private static String driverText(int code, boolean name) {
    try (PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
      int failed = name ? cudart.cuGetErrorName(code, text) : cudart.cuGetErrorString(code, text);
      return failed == cudart.CUDA_SUCCESS ? text.getString(0) : "CUresult " + code;
    }
  }

  public static void nvrtc(int code, String call) {
    if (code != nvrtc.NVRTC_SUCCESS) {
      throw new CudaException(
          call, "nvrtcResult " + code, nvrtc.nvrtcGetErrorString(code).getString());
    }
  }

  public static void cublas(int code, String call) {
    if (code != cublas.CUBLAS_STATUS_SUCCESS) {
      throw new CudaException(
          call,
          cublas.cublasGetStatusName(code).getString(),
          cublas.cublasGetStatusString(code).getString());
    }
  }

  public static void cudnn(int code, String call) {
    if (code != cudnn.CUDNN_STATUS_SUCCESS) {
      throw new CudaException(call, "cudnnStatus_t " + code, cudnnText(code));
    }
  }

  /** A status of cuDNN in words, with what it says of the last error of this thread. */
  public static String cudnnText(int code) {
    byte[] last = new byte[ERROR_TEXT_BYTES];
    cudnn.cudnnGetLastErrorString(last, last.length);
    String text = new String(last, StandardCharsets.UTF_8);
    String more = text.substring(0, Math.max(0, text.indexOf(0))).strip();
    return cudnn.cudnnGetErrorString(code).getString() + (more.isEmpty() ? "" : " (" + more + ")");
  }

  /** A CUDA call that failed though nothing the user asked for was wrong. */
  public static final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CudaException(String call, String name, String text) {
      super(call + " failed: " + name + (text.equals(name) ? "" : ", " + text));
    }
  }
}
