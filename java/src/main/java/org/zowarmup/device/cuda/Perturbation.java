package org.zowarmup.device.cuda;

import org.zowarmup.random.Distribution;

/** Which kernel makes w + eps z and w - eps z, and how it is launched. */
final class Perturbation {
  private static final int BLOCKS_PER_GRID_BLOCK = 64;

  private Perturbation() {}

  static Kernel kernel(CudaKernels kernels, Distribution distribution) {
    return kernels.get(
        "perturb_pair.cu",
        distribution == Distribution.GAUSSIAN ? "perturbGaussian" : "perturbRademacher");
  }

  static int grid(CudaLayout layout) {
    return Kernel.blocks(layout.blocks(), BLOCKS_PER_GRID_BLOCK);
  }
}
