package org.zowarmup.device.cuda;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.zowarmup.device.Device;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Plan;

/** One NVIDIA GPU: cuDNN, cuBLAS and the program's own kernels. */
final class CudaDevice implements Device {
  private static final int DEFAULT_LANES = 4;

  private final CudaContext context;
  private final CudaKernels kernels;
  private final CudaStream stream;
  private final VectorOps ops;
  private final Map<ParameterLayout, CudaLayout> plain = new LinkedHashMap<>();
  private final Map<ParameterLayout, CudaLayout> reduced = new LinkedHashMap<>();
  private final AtomicInteger open = new AtomicInteger();

  CudaDevice(Gpu gpu, KernelCache cache) {
    this.context = new CudaContext(gpu);
    this.stream = new CudaStream(context);
    this.kernels = new CudaKernels(context, cache);
    this.ops = new CudaVectorOps(this);
  }

  CudaContext context() {
    return context;
  }

  CudaKernels kernels() {
    return kernels;
  }

  /** Queues work on the device's own stream and waits for it; from any thread, one at a time. */
  void withStream(Consumer<CudaStream> work) {
    synchronized (stream) {
      context.makeCurrent();
      try {
        work.accept(stream);
      } catch (RuntimeException e) {
        // what was queued before the failure must not outlive the buffers that it uses
        try {
          stream.synchronize();
        } catch (CudaException later) {
          e.addSuppressed(later);
        }
        throw e;
      }
      stream.synchronize();
    }
  }

  /**
   * @param bf16 for compute copies that hold what they may in bf16
   */
  CudaLayout layout(ParameterLayout layout, boolean bf16) {
    synchronized (stream) {
      context.makeCurrent();
      return (bf16 ? reduced : plain).computeIfAbsent(layout, l -> new CudaLayout(stream, l, bf16));
    }
  }

  @Override
  public String name() {
    return context.name();
  }

  @Override
  public String description() {
    return context.gpu().description();
  }

  @Override
  public Map<String, String> libraries() {
    Map<String, String> libraries = new LinkedHashMap<>(CudaLibraries.get().versions());
    libraries.put("GPU", description());
    return libraries;
  }

  @Override
  public int maxLanes() {
    return DEFAULT_LANES;
  }

  @Override
  public boolean supports(Precision precision) {
    // Turing has neither TF32 nor bf16 in its matrix units
    return precision == Precision.FP32 || context.gpu().capability() >= 80;
  }

  @Override
  public Executable compile(Plan plan, int lanes, Precision precision) {
    CudaExecutable executable = new CudaExecutable(this, plan, precision);
    open.incrementAndGet();
    return executable;
  }

  @Override
  public Vector allocate(ParameterLayout layout) {
    Vector vector = new CudaVector(this, layout(layout, false));
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
    context.makeCurrent();
    plain.values().forEach(CudaLayout::close);
    reduced.values().forEach(CudaLayout::close);
    plain.clear();
    reduced.clear();
    kernels.close();
    stream.close();
  }
}
