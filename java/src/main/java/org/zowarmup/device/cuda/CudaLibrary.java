package org.zowarmup.device.cuda;

import java.util.Collection;
import java.util.stream.Collectors;

/**
 * The shared libraries that the CUDA device stands on, in the order in which they must be loaded.
 * None of them comes with this program.
 */
enum CudaLibrary {
  DRIVER(
      "NVIDIA driver",
      "libcuda.so.1",
      "install the NVIDIA driver, 580 or newer for CUDA 13, or start the job on a node with a GPU",
      ""),
  RUNTIME("cudart", "libcudart.so.13", Advice.TOOLKIT, "nvidia-cuda-runtime"),
  NVRTC("NVRTC", "libnvrtc.so.13", Advice.TOOLKIT, "nvidia-cuda-nvrtc"),
  CUBLAS_LT("cuBLASLt", "libcublasLt.so.13", Advice.TOOLKIT, "nvidia-cublas"),
  CUBLAS("cuBLAS", "libcublas.so.13", Advice.TOOLKIT, "nvidia-cublas"),
  CUDNN_GRAPH("cuDNN graph", "libcudnn_graph.so.9", Advice.CUDNN, "nvidia-cudnn-cu13"),
  CUDNN_OPS("cuDNN ops", "libcudnn_ops.so.9", Advice.CUDNN, "nvidia-cudnn-cu13"),
  CUDNN_CNN("cuDNN cnn", "libcudnn_cnn.so.9", Advice.CUDNN, "nvidia-cudnn-cu13"),
  CUDNN_ADV("cuDNN adv", "libcudnn_adv.so.9", Advice.CUDNN, "nvidia-cudnn-cu13"),
  CUDNN("cuDNN", "libcudnn.so.9", Advice.CUDNN, "nvidia-cudnn-cu13"),
  /** Only several GPUs need it; it is listed, never loaded here. */
  NCCL("NCCL", "libnccl.so.2", "install NCCL; only several GPUs need it", "nvidia-nccl-cu13");

  private final String title;
  private final String soname;
  private final String advice;
  private final String wheel;

  CudaLibrary(String title, String soname, String advice, String wheel) {
    this.title = title;
    this.soname = soname;
    this.advice = advice;
    this.wheel = wheel;
  }

  /** What people call it. */
  String title() {
    return title;
  }

  /** The name that the dynamic linker looks for. */
  String soname() {
    return soname;
  }

  /** What a user can do where these, which come from one place, are missing. */
  static String howToGet(Collection<CudaLibrary> missing) {
    String wheels =
        missing.stream()
            .map(library -> library.wheel)
            .filter(name -> !name.isEmpty())
            .distinct()
            .collect(Collectors.joining(" "));
    String advice = missing.iterator().next().advice;
    return wheels.isEmpty() ? advice : advice + ", or pip install " + wheels;
  }

  /** Libraries with the same advice come together. */
  String advice() {
    return advice;
  }

  /** Whether the device cannot start without it. */
  boolean isRequired() {
    return this != NCCL;
  }

  /**
   * Whether it is worth a line of its own in a list; the parts of cuBLAS and cuDNN come together.
   */
  boolean isListed() {
    return this != CUBLAS_LT && !name().startsWith("CUDNN_");
  }

  private static final class Advice {
    static final String TOOLKIT = "install the CUDA toolkit 13, or `module load cuda/13`";
    static final String CUDNN = "install cuDNN 9 for CUDA 13, or `module load cudnn`";
  }
}
