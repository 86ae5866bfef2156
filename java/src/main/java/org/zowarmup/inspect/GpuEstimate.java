package org.zowarmup.inspect;

import java.util.List;
import java.util.Locale;
import org.zowarmup.device.Precision;
import org.zowarmup.executor.Workload;
import org.zowarmup.nn.Plan;

/**
 * The pace of a GPU that is not there, from the operations and the bytes of a pass and from what
 * the maker's data sheet says: the slower of computing and of moving bytes, each at a share of its
 * peak, and a fixed time a kernel. Nothing of it was measured.
 *
 * @param gpu whose peaks are taken
 */
record GpuEstimate(Gpu gpu, Workload workload) implements Pace {
  /** The part of its peak at which small convolutions may compute. */
  private static final double SHARE_OF_COMPUTE = 0.3;

  /** The part of its peak at which memory may be read and written. */
  private static final double SHARE_OF_MEMORY = 0.6;

  private static final double KERNEL_SECONDS = 2e-6;

  /** Weights are read, written as a copy that is moved, and read again by the pass. */
  private static final int WEIGHT_PASSES = 3;

  /**
   * GPUs by the peaks of their data sheets: dense, without sparsity, with sums in fp32.
   *
   * <p>H100 SXM: NVIDIA H100 Tensor Core GPU data sheet. A100 SXM 80 GB: NVIDIA A100 data sheet.
   * RTX 4090: NVIDIA Ada GPU architecture, appendix A.
   */
  enum Gpu {
    H100("H100 SXM", 66.9, 494.7, 989.4, 3352),
    A100("A100 SXM 80 GB", 19.5, 156, 312, 2039),
    RTX4090("RTX 4090", 82.6, 82.6, 165.2, 1008);

    private final String label;
    private final double fp32;
    private final double tf32;
    private final double bf16;
    private final double gigabytes;

    Gpu(String label, double fp32, double tf32, double bf16, double gigabytes) {
      this.label = label;
      this.fp32 = fp32;
      this.tf32 = tf32;
      this.bf16 = bf16;
      this.gigabytes = gigabytes;
    }

    private double flopsPerSecond(Precision precision) {
      return 1e12
          * switch (precision) {
            case FP32 -> fp32;
            case TF32 -> tf32;
            case BF16 -> bf16;
          };
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public double secondsOfTraining(double flops) {
    double perPass = 3.0 * workload.train().graph().forwardFlops() * workload.train().batch();
    return flops / perPass * seconds(workload.train(), perPass, workload.trainPrecision());
  }

  @Override
  public double secondsOfProbing(double flops) {
    return ofForward(flops, workload.probe(), workload.probePrecision());
  }

  @Override
  public double secondsOfEvaluation(double flops) {
    return ofForward(flops, workload.evaluate(), workload.evaluatePrecision());
  }

  private double ofForward(double flops, Plan plan, Precision precision) {
    double perPass = (double) plan.graph().forwardFlops() * plan.batch();
    return flops / perPass * seconds(plan, perPass, precision);
  }

  private double seconds(Plan plan, double flops, Precision precision) {
    double values = plan.values().stream().mapToDouble(plan::elements).sum();
    double weights = plan.graph().layout().length();
    double bytes = Float.BYTES * (2 * values + WEIGHT_PASSES * weights);
    double computing = flops / (SHARE_OF_COMPUTE * gpu.flopsPerSecond(precision));
    double moving = bytes / (SHARE_OF_MEMORY * 1e9 * gpu.gigabytes);
    return Math.max(computing, moving) + KERNEL_SECONDS * plan.ops().size();
  }

  @Override
  public String origin() {
    return "estimated for one %s, never measured: %.0f %% of its peak of %.0f TFLOP/s (%s) or %.0f %% of its %.0f GB/s, whichever is slower, and %.0f µs a kernel"
        .formatted(
            gpu.label,
            100 * SHARE_OF_COMPUTE,
            gpu.flopsPerSecond(workload.probePrecision()) / 1e12,
            workload.probePrecision(),
            100 * SHARE_OF_MEMORY,
            gpu.gigabytes,
            1e6 * KERNEL_SECONDS);
  }

  /** Their names. */
  static List<String> names() {
    return List.of(Gpu.values()).stream().map(Gpu::toString).toList();
  }
}
