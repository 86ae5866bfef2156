package org.zowarmup.device.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Precision;
import org.zowarmup.device.Vector;
import org.zowarmup.device.host.HostDevice;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Op;

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

  /** bf16 where the processor has tiles for it. */
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
    // convolutions are faster in fp32, by Winograd's filtering, than tiles make the direct sum
    if (precision == Precision.BF16 && plan.ops().stream().noneMatch(CpuDevice::isOfTokens)) {
      throw new UnsupportedException(
          "device cpu computes in bf16 the layers of tokens, which model %s has not; use fp32"
              .formatted(plan.graph().name()));
    }
    CpuProgram program = new CpuProgram(plan, laneThreads, precision);
    try {
      return new CpuExecutable(this, plan, program);
    } catch (RuntimeException | Error e) {
      try (program) {
        throw e;
      }
    }
  }

  private static boolean isOfTokens(Op op) {
    return op instanceof Linear.Forward linear && linear.tokens() > 1;
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
