package org.zowarmup.device.cuda;

import java.util.EnumMap;
import java.util.Map;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.Steps;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.kernel.CudaKernels;
import org.zowarmup.device.cuda.kernel.CudaLayout;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.device.cuda.program.CudaProgram;
import org.zowarmup.device.cuda.program.PassTable;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.random.Distribution;

/**
 * One pass of a plan over the batch that the table's cursor points to, as captured graphs: gather,
 * drift, perturb, forward at w + eps z, forward at w - eps z where a probe has two sides; or
 * gather, forward; or gather, forward, backward, SGD step. A graph is captured when it is first
 * needed for given weights and images.
 */
final class CudaPasses implements AutoCloseable {
  private final CudaProgram program;
  private final Plan plan;
  private final PassTable table;
  private final Steps.Compiled<CudaStep> steps;
  private final CudaGraph.Cache graphs;
  private final CudaStep gather;
  private final CudaStep gatherAugmented;
  private final Map<Distribution, CudaStep> perturb = new EnumMap<>(Distribution.class);
  private final Map<Distribution, CudaStep> drift = new EnumMap<>(Distribution.class);
  private final CudaStep copyWeights; // null where the weights need no copy
  private final CudaStep flattenGradient; // null where it is flat
  private final CudaStep sgdStep;
  private final CudaStep advance;
  private final DeviceMemory plus; // compute copies; null where the plan trains
  private final DeviceMemory minus;
  private final DeviceMemory copy; // compute copy of the weights themselves, in bf16
  private final DeviceMemory gradient; // as the compute copy lies; null where the plan only infers
  private final DeviceMemory flatGradient; // the same in flat fp32, in bf16
  private DeviceMemory drifted; // w + drift, fp32; null until a job drifts
  private CudaImages images; // those, the weights and the velocity of the pass that is queued next
  private long weights;
  private long perturbed; // the weights, or where they have drifted to
  private long velocity;

  /**
   * Pass of a probe that a graph is captured for.
   *
   * @param drifts whether the weights are moved before they are perturbed
   */
  record Kind(boolean augments, ProbeJob.Sides sides, boolean drifts) {
    static Kind of(ProbeJob job) {
      return new Kind(job.augmentation().on(), job.sides(), job.drift().size() > 0);
    }
  }

  CudaPasses(CudaProgram program, Plan plan) {
    this.program = program;
    this.plan = plan;
    this.table = program.table();
    this.graphs = new CudaGraph.Cache(program);
    boolean training = program.isTraining();
    CudaLayout layout = program.copyLayout();
    long length = plan.graph().layout().length();
    this.plus = training ? null : zeroed("w + eps z", layout.copyBytes());
    this.minus = training ? null : zeroed("w - eps z", layout.copyBytes());
    this.copy = program.isBf16() ? zeroed("bf16 copy of the weights", layout.copyBytes()) : null;
    this.gradient = training ? zeroed("gradient", layout.copyBytes()) : null;
    this.flatGradient =
        training && program.isBf16() ? zeroed("gradient in fp32", Float.BYTES * length) : null;
    // all kernels are loaded now, because a capture must load no module
    this.gather = gather(false);
    this.gatherAugmented = gather(true);
    for (Distribution distribution : Distribution.values()) {
      perturb.put(
          distribution,
          kernels()
              .perturb(distribution)
              .bind(
                  program.stream(),
                  perturbed(),
                  plus,
                  minus,
                  layout.segments(),
                  layout.blockSegments(),
                  layout.blocks(),
                  table.jobs(),
                  table.cursor(),
                  0L,
                  0f));
    }
    this.copyWeights = copy == null ? null : convert("copyWeights", weights(), copy);
    this.flattenGradient =
        flatGradient == null ? null : convert("gatherWeights", gradient, flatGradient);
    DevicePointer kept = () -> velocity;
    this.sgdStep =
        kernels()
            .get("sgd_step.cu", "sgdStepJob")
            .bind(
                program.stream(),
                weights(),
                flatGradient(),
                kept,
                length,
                table.jobs(),
                table.cursor());
    this.advance = kernels().get("job.cu", "advanceJob").bind(program.stream(), table.cursor());
    this.steps = CudaProgram.STEPS.compile(program.common().gpu().name(), program, plan);
    program.dnnWorkspace(); // ... and must not allocate
  }

  private CudaKernels kernels() {
    return program.common().kernels();
  }

  private DevicePointer weights() {
    return () -> weights;
  }

  private DevicePointer perturbed() {
    return () -> perturbed;
  }

  private DeviceMemory zeroed(String name, long bytes) {
    DeviceMemory memory = program.memory(name, bytes);
    program.stream().clear(memory.address(), bytes);
    program.stream().synchronize();
    return memory;
  }

  private CudaStep gather(boolean augments) {
    Shape shape = plan.graph().input();
    DevicePointer pixels = () -> images.pixels().address();
    DevicePointer labels = () -> images.labels().address();
    DevicePointer normalization = () -> images.table().address();
    return program.step(
        "gather_images.cu",
        "gatherImages",
        pixels,
        labels,
        table.rows(),
        table.cursor(),
        normalization,
        program.at(plan.input()),
        program.labels(),
        program.batch(),
        shape.height(),
        shape.width(),
        shape.channels(),
        shape.channels(),
        augments ? 1 : 0);
  }

  private CudaStep convert(String kernel, DevicePointer from, DevicePointer to) {
    CudaLayout layout = program.copyLayout();
    return kernels()
        .get("weights_copy.cu", kernel)
        .bind(
            program.stream(), from, to, layout.segments(), layout.blockSegments(), layout.blocks());
  }

  /** Gradient of the last backward pass in flat fp32, zero in the padding. */
  DeviceMemory flatGradient() {
    return flatGradient == null ? gradient : flatGradient;
  }

  /** Queues a probe's pass, of one side or of both, for each pass of the table. */
  void probe(DevicePointer at, CudaImages from, Distribution distribution, Kind kind) {
    boolean both = kind.sides() == ProbeJob.Sides.BOTH;
    bind(at, from);
    CudaStep drift = kind.drifts() ? drift(distribution) : () -> {};
    perturbed = kind.drifts() ? drifted.address() : weights;
    String name =
        (both ? "probe" : "one-sided probe")
            + (kind.drifts() ? " with up to " + table.termCapacity() + " terms of drift" : "");
    replay(
        new CudaGraph.Key(name, weights, from, distribution, kind.augments()),
        () -> {
          (kind.augments() ? gatherAugmented : gather).enqueue();
          drift.enqueue();
          perturb.get(distribution).enqueue();
          forward(plus, 0);
          if (both) {
            forward(minus, 1);
          }
          advance.enqueue();
        });
  }

  private CudaStep drift(Distribution distribution) {
    CudaLayout layout = program.copyLayout();
    if (drifted == null) {
      drifted = zeroed("drifted weights", Float.BYTES * plan.graph().layout().length());
    }
    return drift.computeIfAbsent(
        distribution,
        key ->
            kernels()
                .accumulateSeeds(distribution)
                .bind(
                    program.stream(),
                    weights(),
                    drifted,
                    1f,
                    layout.segments(),
                    layout.blockSegments(),
                    layout.blocks(),
                    table.termSeeds(),
                    table.termCoefficients(),
                    0,
                    table.jobs(),
                    table.cursor()));
  }

  /** Queues a forward pass for each pass of the table. */
  void evaluate(DevicePointer at, CudaImages from) {
    bind(at, from);
    replay(
        new CudaGraph.Key("evaluate", weights, from, null, false),
        () -> {
          gather.enqueue();
          forwardAtWeights();
          advance.enqueue();
        });
  }

  /**
   * Queues a training step for each pass of the table.
   *
   * @param momentum the velocity, or null
   * @param proximal vectors and coefficients of the gradient with a proximal term, or null
   */
  void train(
      DevicePointer at,
      DeviceMemory momentum,
      ProximalTerm proximal,
      CudaImages from,
      boolean augments) {
    String kind =
        "training"
            + (momentum == null ? "" : " with momentum")
            + (proximal == null ? "" : " with a proximal term");
    bind(at, from);
    velocity = momentum == null ? 0 : momentum.address();
    replay(
        new CudaGraph.Key(kind, weights, from, null, augments),
        () -> {
          (augments ? gatherAugmented : gather).enqueue();
          forwardAtWeights();
          backward();
          if (proximal != null) {
            proximal.enqueue();
          }
          sgdStep.enqueue();
          advance.enqueue();
        });
  }

  /** Queues forward and, where asked, backward of the table's only pass. */
  void once(DevicePointer at, CudaImages from, boolean withBackward) {
    bind(at, from);
    gather.enqueue();
    forwardAtWeights();
    if (withBackward) {
      backward();
    }
  }

  private void bind(DevicePointer at, CudaImages from) {
    weights = at.address();
    images = from;
  }

  private void replay(CudaGraph.Key key, Runnable work) {
    graphs.replay(key, table.passes(), work);
  }

  /** At the weights themselves, or at a compute copy that is made now. */
  private void forwardAtWeights() {
    if (copyWeights != null) {
      copyWeights.enqueue();
    }
    forward(copyWeights == null ? weights() : copy, 0);
  }

  private void forward(DevicePointer at, int side) {
    program.bindWeights(at);
    program.bindLosses(table.losses(side));
    steps.forward().forEach(CudaStep::enqueue);
  }

  private void backward() {
    program.bindGradient(gradient);
    steps.backward().forEach(CudaStep::enqueue);
    if (flattenGradient != null) {
      flattenGradient.enqueue();
    }
  }

  @Override
  public void close() {
    graphs.close();
  }
}
