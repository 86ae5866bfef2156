package org.zowarmup.device.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Precision;
import org.zowarmup.device.Vector;
import org.zowarmup.device.host.HostDevice;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Plan;

/**
 * The processor: oneDNN for convolutions and linear layers, native kernels for the rest. With as
 * many lanes as threads every lane computes on one thread, and results do not depend on their
 * number.
 */
final class CpuDevice extends HostDevice {
  private final Map<ParameterLayout, CpuVector.Layout> layouts = new ConcurrentHashMap<>();

  CpuDevice(int threads) {
    super(CpuProvider.NAME, threads, new CpuVectorOps(threads));
  }

  @Override
  public String description() {
    return CpuProvider.description();
  }

  @Override
  public Map<String, String> libraries() {
    return CpuProvider.versions();
  }

  /**
   * bf16 where the processor has tiles for it; elsewhere fp32 by Winograd's filtering is faster.
   */
  @Override
  public boolean supports(Precision precision) {
    return super.supports(precision) || (precision == Precision.BF16 && Dnnl.hasTiles());
  }

  @Override
  protected Executable executable(Plan plan, int laneThreads) {
    return executable(plan, laneThreads, Precision.FP32);
  }

  @Override
  protected Executable executable(Plan plan, int laneThreads, Precision precision) {
    CpuProgram program = new CpuProgram(plan, laneThreads, precision);
    try {
      return new CpuExecutable(this, plan, program);
    } catch (RuntimeException | Error e) {
      try (program) {
        throw e;
      }
    }
  }

  @Override
  protected Vector vector(ParameterLayout layout) {
    return new CpuVector(this, layouts.computeIfAbsent(layout, CpuVector.Layout::of));
  }

  @Override
  public void close() {
    super.close();
    layouts.values().forEach(CpuVector.Layout::close);
    layouts.clear();
  }
}
