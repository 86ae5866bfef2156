package org.zowarmup.device.cuda.kernel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.device.Owned;
import org.zowarmup.device.cuda.driver.CudaLibraries;
import org.zowarmup.device.cuda.driver.CudaStatus;
import org.zowarmup.device.cuda.driver.CudaStatus.CudaException;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.error.DeviceUnavailableException;
import org.zowarmup.random.Distribution;

/**
 * The program's kernels on one GPU: a module of ready-made code for each activation type, or where
 * none fits this GPU one for each source and activation type, compiled when one of its kernels is
 * first asked for.
 */
public final class CudaKernels implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CudaKernels.class);

  private final Gpu gpu;
  private final KernelCache cache;
  private final ReadyMade readyMade;
  private final int sharedMemory; // bytes that a block may have
  private final Map<String, CUmod_st> modules = new HashMap<>();
  private final Map<String, Kernel> kernels = new HashMap<>();
  private final Owned owned = new Owned();
  private String ready; // architecture of the ready-made code; null where NVRTC compiles

  public CudaKernels(Gpu gpu, KernelCache cache) {
    this(gpu, cache, ReadyMade.onClassPath());
  }

  CudaKernels(Gpu gpu, KernelCache cache, ReadyMade readyMade) {
    this.gpu = gpu;
    this.cache = cache;
    this.readyMade = readyMade;
    this.ready = readyMade.architecture(gpu.capability()).orElse(null);
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
    CUmod_st module = module(file, bf16);
    CUfunc_st function = new CUfunc_st();
    CudaStatus.driver(
        cudart.cuModuleGetFunction(function, module, name), "kernel " + name + " of " + file);
    return function;
  }

  private CUmod_st module(String file, boolean bf16) {
    boolean typed = bf16 && KernelSource.of(file).isTyped();
    if (isReady()) {
      return modules.get(readyKey(typed));
    }
    String key = file + "/" + typed;
    CUmod_st module = modules.get(key);
    if (module == null) {
      module = compiled(file, typed);
      modules.put(key, module);
    }
    return module;
  }

  private static String readyKey(boolean bf16) {
    return "all/" + bf16;
  }

  /** Loads the ready-made code in both types, so that what is compiled never lies beside it. */
  private boolean isReady() {
    if (ready != null && !modules.containsKey(readyKey(false))) {
      try {
        for (boolean bf16 : new boolean[] {false, true}) {
          modules.put(readyKey(bf16), load(readyMade.image(ready, bf16), "kernels for " + ready));
        }
      } catch (CudaException e) {
        String why = e.getMessage();
        String missing = CudaLibraries.get().nvrtcFailure();
        if (missing != null) {
          throw new DeviceUnavailableException(
              "device %s: expected ready-made kernels that load, or NVRTC to compile them; found those for %s, which do not (%s), and NVRTC: %s"
                  .formatted(gpu.name(), ready, why, missing));
        }
        LOG.warn("ready-made kernels do not load on {}: NVRTC compiles them ({})", gpu.name(), why);
        ready = null;
      }
    }
    return ready != null;
  }

  /** What {@link #origin} says if the ready-made code loads where there is some. */
  public static String expectedOrigin(Gpu gpu) {
    ReadyMade all = ReadyMade.onClassPath();
    return all.architecture(gpu.capability()).map(all::origin).orElseGet(() -> compiledFor(gpu));
  }

  private static String compiledFor(Gpu gpu) {
    String architecture = KernelSource.architecture(gpu.capability());
    return architecture + ", NVRTC " + KernelSource.compilerVersion();
  }

  /** Null where this GPU has ready-made code, or NVRTC to compile it; else what is missing. */
  public static String failure(Gpu gpu) {
    ReadyMade all = ReadyMade.onClassPath();
    String missing =
        all.architecture(gpu.capability()).isPresent() ? null : CudaLibraries.get().nvrtcFailure();
    return missing == null
        ? null
        : "expected ready-made kernels for compute capability %d.%d, or NVRTC to compile them; found %s, and NVRTC: %s"
            .formatted(gpu.capability() / 10, gpu.capability() % 10, all, missing);
  }

  /** Where the kernels come from: the architecture of the code and the compiler. */
  public synchronized String origin() {
    gpu.makeCurrent();
    return isReady() ? readyMade.origin(ready) : compiledFor(gpu);
  }

  private CUmod_st compiled(String file, boolean bf16) {
    KernelSource source = KernelSource.of(file);
    List<String> options =
        List.of(
            "--gpu-architecture=" + KernelSource.architecture(gpu.capability()),
            "--std=c++17",
            "-DZOWARMUP_BF16=" + (bf16 ? 1 : 0));
    byte[] image =
        cache.get(source, options, KernelSource.compilerVersion(), () -> source.compile(options));
    return load(image, file);
  }

  private CUmod_st load(byte[] image, String what) {
    CUmod_st module = new CUmod_st();
    try (BytePointer bytes = new BytePointer(image)) {
      CudaStatus.driver(cudart.cuModuleLoadData(module, bytes), "cuModuleLoadData of " + what);
    }
    owned.add(() -> CudaStatus.driver(cudart.cuModuleUnload(module), "cuModuleUnload of " + what));
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
