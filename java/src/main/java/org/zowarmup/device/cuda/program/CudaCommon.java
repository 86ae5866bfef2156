package org.zowarmup.device.cuda.program;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.zowarmup.device.Owned;
import org.zowarmup.device.cuda.driver.CudaStatus.CudaException;
import org.zowarmup.device.cuda.driver.CudaStream;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.device.cuda.kernel.CudaKernels;
import org.zowarmup.device.cuda.kernel.CudaLayout;
import org.zowarmup.device.cuda.kernel.CudaLayout.Stem;
import org.zowarmup.device.cuda.kernel.KernelCache;
import org.zowarmup.nn.ParameterLayout;

/**
 * What all programs and vectors of one GPU have in common: its kernels, parameter layouts, the
 * algorithms of layers, and a stream for work that belongs to no lane.
 */
public final class CudaCommon implements AutoCloseable {
  private final Gpu gpu;
  private final CudaKernels kernels;
  private final CudaStream stream;
  private final Map<Form, CudaLayout> layouts = new LinkedHashMap<>();
  private final ConvAlgorithms algorithms;
  private final Owned owned = new Owned();

  public CudaCommon(Gpu gpu, KernelCache cache) {
    this.gpu = gpu;
    this.stream = owned.add(new CudaStream(gpu));
    this.kernels = owned.add(new CudaKernels(gpu, cache));
    this.algorithms = new ConvAlgorithms(gpu, cache.sibling("cudnn"));
  }

  public Gpu gpu() {
    return gpu;
  }

  public CudaKernels kernels() {
    return kernels;
  }

  /** Queues work on the common stream and waits for it; from any thread, one at a time. */
  public void withStream(Consumer<CudaStream> work) {
    synchronized (stream) {
      gpu.makeCurrent();
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

  private record Form(ParameterLayout layout, boolean bf16, Stem stem) {}

  /** The layout of vectors and of compute copies that are as they are. */
  public CudaLayout layout(ParameterLayout layout) {
    return layout(layout, false, Stem.NONE);
  }

  /**
   * @param bf16 for compute copies that hold what they may in bf16
   */
  CudaLayout layout(ParameterLayout layout, boolean bf16, Stem stem) {
    synchronized (stream) {
      gpu.makeCurrent();
      return layouts.computeIfAbsent(
          new Form(layout, bf16, stem),
          form -> owned.add(new CudaLayout(stream, layout, bf16, stem)));
    }
  }

  /** The algorithms of all convolutions that were compiled. */
  public ConvAlgorithms algorithms() {
    return algorithms;
  }

  @Override
  public void close() {
    gpu.makeCurrent();
    owned.close();
  }
}
