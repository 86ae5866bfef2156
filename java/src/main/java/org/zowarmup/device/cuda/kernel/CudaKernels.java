package org.zowarmup.device.cuda.kernel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.device.Owned;
import org.zowarmup.device.cuda.driver.CudaStatus;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.random.Distribution;

/**
 * The program's kernels on one GPU: a module for each source and activation type, compiled and
 * loaded when one of its kernels is first asked for.
 */
public final class CudaKernels implements AutoCloseable {
  private final Gpu gpu;
  private final KernelCache cache;
  private final int sharedMemory; // bytes that a block may have
  private final Map<String, CUmod_st> modules = new HashMap<>();
  private final Map<String, Kernel> kernels = new HashMap<>();
  private final Owned owned = new Owned();

  public CudaKernels(Gpu gpu, KernelCache cache) {
    this.gpu = gpu;
    this.cache = cache;
    this.sharedMemory = Gpu.attribute(gpu.index(), cudart.cudaDevAttrMaxSharedMemoryPerBlockOptin);
  }

  /** A kernel that does not depend on the type of the activations. */
  public Kernel get(String file, String name) {
    return get(file, name, false);
  }

  /** The kernel that makes w + eps z and w - eps z. */
  public Kernel perturb(Distribution distribution) {
    boolean gaussian = distribution == Distribution.GAUSSIAN;
    return get("perturb_pair.cu", gaussian ? "perturbGaussian" : "perturbRademacher");
  }

  /** The kernel that adds the directions of many seeds. */
  public Kernel accumulateSeeds(Distribution distribution) {
    boolean gaussian = distribution == Distribution.GAUSSIAN;
    return get("accumulate_seeds.cu", gaussian ? "accumulateGaussian" : "accumulateRademacher");
  }

  /**
   * @param bf16 whether activations are bfloat16
   */
  public synchronized Kernel get(String file, String name, boolean bf16) {
    return kernels.computeIfAbsent(
        file + "/" + name + "/" + bf16,
        key -> {
          CUfunc_st function = function(file, name, bf16);
          return new Kernel(KernelSource.of(file).signature(name), function, sharedMemory);
        });
  }

  private CUfunc_st function(String file, String name, boolean bf16) {
    gpu.makeCurrent();
    CUmod_st module = modules.computeIfAbsent(file + "/" + bf16, key -> load(file, bf16));
    CUfunc_st function = new CUfunc_st();
    CudaStatus.driver(
        cudart.cuModuleGetFunction(function, module, name), "kernel " + name + " of " + file);
    return function;
  }

  private CUmod_st load(String file, boolean bf16) {
    KernelSource source = KernelSource.of(file);
    List<String> options =
        List.of(
            "--gpu-architecture=" + KernelSource.architecture(gpu.capability()),
            "--std=c++17",
            "-DZOWARMUP_BF16=" + (bf16 ? 1 : 0));
    byte[] image =
        cache.get(source, options, KernelSource.compilerVersion(), () -> source.compile(options));
    CUmod_st module = new CUmod_st();
    try (BytePointer bytes = new BytePointer(image)) {
      CudaStatus.driver(cudart.cuModuleLoadData(module, bytes), "cuModuleLoadData of " + file);
    }
    owned.add(() -> CudaStatus.driver(cudart.cuModuleUnload(module), "cuModuleUnload of " + file));
    return module;
  }

  @Override
  public synchronized void close() {
    gpu.makeCurrent();
    modules.clear();
    kernels.clear();
    owned.close();
  }
}
