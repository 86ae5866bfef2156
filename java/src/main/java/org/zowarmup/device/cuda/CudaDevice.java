package org.zowarmup.device.cuda;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.zowarmup.device.Device;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.device.cuda.driver.CudaLibraries;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.device.cuda.kernel.KernelCache;
import org.zowarmup.device.cuda.program.CudaCommon;
import org.zowarmup.device.cuda.program.CudaProgram;
import org.zowarmup.error.ConfigException;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Plan;

/** One NVIDIA GPU: cuDNN, cuBLAS and the program's own kernels. */
public final class CudaDevice implements Device {
  private static final int DEFAULT_LANES = 4; // a guess until it is measured
  private static final int MAX_LANES = 64;
  private static final int PROBES_PER_CALL = 256;
  private static final int WIDE_BATCH = 1024; // enough to fill a GPU; the arena grows with it
  private static final String TF32_OVERRIDE = "NVIDIA_TF32_OVERRIDE"; // of NVIDIA's libraries
  private static final double LANE_SHARE_OF_FREE = 0.8;

  private final Gpu gpu;
  private final CudaCommon common;
  private final VectorOps ops;
  private final AtomicInteger open = new AtomicInteger();

  CudaDevice(Gpu gpu, KernelCache cache) {
    this.gpu = gpu;
    this.common = new CudaCommon(gpu, cache);
    this.ops = new CudaVectorOps(this);
  }

  CudaCommon common() {
    return common;
  }

  /** A vector of this device; another one's memory is not this GPU's. */
  CudaVector own(Vector vector) {
    if (vector instanceof CudaVector own && own.device() == this) {
      return own;
    }
    throw new IllegalArgumentException(
        "device " + name() + ": expected a vector of its own, found one of another device");
  }

  /** Images of this device. */
  CudaImages own(ResidentImages images) {
    if (images instanceof CudaImages own && own.device() == this) {
      return own;
    }
    throw new IllegalArgumentException(
        "device " + name() + ": expected images of its own, found those of another device");
  }

  @Override
  public String name() {
    return gpu.name();
  }

  @Override
  public String description() {
    return gpu.description();
  }

  @Override
  public Map<String, String> libraries() {
    Map<String, String> libraries = new LinkedHashMap<>(CudaLibraries.get().versions());
    libraries.put("GPU", description());
    libraries.put("kernels", common.kernels().origin());
    String tf32 = System.getenv(TF32_OVERRIDE);
    if (tf32 != null) {
      libraries.put(TF32_OVERRIDE, tf32);
    }
    return libraries;
  }

  @Override
  public boolean choosesAlgorithms() {
    return true;
  }

  @Override
  public Map<String, String> choices() {
    return common.algorithms().taken();
  }

  @Override
  public void prefer(Map<String, String> choices) {
    common.algorithms().prefer(choices);
  }

  @Override
  public int maxLanes() {
    return DEFAULT_LANES;
  }

  @Override
  public int maxLanes(List<Plan> plans) {
    gpu.makeCurrent();
    long fit = (long) (gpu.freeBytes() * LANE_SHARE_OF_FREE) / plannedBytes(plans);
    return (int) Math.max(1, Math.min(lanesWanted(), fit));
  }

  /** The most memory of a lane that compiles all of these plans. */
  long plannedBytes(List<Plan> plans) {
    return plans.stream().mapToLong(plan -> CudaProgram.plannedBytes(gpu, plan)).sum();
  }

  private static int lanesWanted() {
    String text = System.getenv().getOrDefault("ZOWARMUP_CUDA_LANES", "");
    if (text.isBlank()) {
      return DEFAULT_LANES;
    }
    try {
      int lanes = Integer.parseInt(text.strip());
      if (lanes >= 1 && lanes <= MAX_LANES) {
        return lanes;
      }
    } catch (NumberFormatException e) {
      // reported below, with the value
    }
    throw new ConfigException(
        "device",
        "expected the environment variable ZOWARMUP_CUDA_LANES to be a whole number from 1 to %d,"
                .formatted(MAX_LANES)
            + " found "
            + text);
  }

  @Override
  public int probesPerCall() {
    return PROBES_PER_CALL;
  }

  @Override
  public int wideBatch() {
    return WIDE_BATCH;
  }

  @Override
  public boolean supports(Precision precision) {
    // Turing has neither TF32 nor bf16 in its matrix units
    return precision == Precision.FP32 || gpu.capability() >= 80;
  }

  @Override
  public Executable compile(Plan plan, int lanes, Precision precision) {
    CudaExecutable executable = new CudaExecutable(this, plan, precision);
    open.incrementAndGet();
    return executable;
  }

  @Override
  public Vector allocate(ParameterLayout layout) {
    Vector vector = new CudaVector(this, common.layout(layout));
    open.incrementAndGet();
    return vector;
  }

  @Override
  public ResidentImages upload(ImagePixels images) {
    ResidentImages resident = new CudaImages(this, images);
    open.incrementAndGet();
    return resident;
  }

  @Override
  public VectorOps vectors() {
    return ops;
  }

  void released() {
    open.decrementAndGet();
  }

  @Override
  public void close() {
    if (open.get() != 0) {
      throw new IllegalStateException(
          "device "
              + name()
              + " closed while "
              + open.get()
              + " executables, vectors or image sets are open");
    }
    common.close();
  }
}
