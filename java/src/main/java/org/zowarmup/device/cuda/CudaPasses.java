package org.zowarmup.device.cuda;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Owned;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.StepTimer;
import org.zowarmup.device.Steps;
import org.zowarmup.device.cuda.driver.CudaStream;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.kernel.CudaKernels;
import org.zowarmup.device.cuda.kernel.CudaLayout;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.device.cuda.program.CudaProgram;
import org.zowarmup.device.cuda.program.PassTable;
import org.zowarmup.error.OutOfDeviceMemoryException;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Op;
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
  private final Map<Boolean, CudaStep> gather; // by whether it augments
  private final Map<Distribution, CudaStep> perturb = new EnumMap<>(Distribution.class);
  private final Map<Distribution, CudaStep> drift = new EnumMap<>(Distribution.class);
  private final CudaStep copyWeights; // null where the weights need no copy
  private final CudaStep flattenGradient; // null where it is flat
  private final CudaStep sgdStep;
  private final CudaStep sgdStepCopy; // also writes the compute copy; null where there is none
  private final CudaStep advance;
  private final DeviceMemory plus; // compute copies; null where the plan trains
  private final DeviceMemory minus;
  private final DeviceMemory copy; // of the weights themselves; null where it is as they are
  private final DeviceMemory gradient; // as the compute copy lies; null where the plan only infers
  private final DeviceMemory flatGradient; // the same in flat fp32; null where it is flat
  private DeviceMemory drifted; // w + drift, fp32; null until a job drifts
  private Branch branch; // null until a probe has two sides
  private boolean branchDoesNotFit;
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
    this.copy = layout.isFlat() ? null : zeroed("compute copy of the weights", layout.copyBytes());
    this.gradient = training ? zeroed("gradient", layout.copyBytes()) : null;
    this.flatGradient =
        training && !layout.isFlat() ? zeroed("flat gradient", Float.BYTES * length) : null;
    // all kernels are loaded now, because a capture must load no module
    this.gather = gather(program);
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
    this.sgdStepCopy =
        flatGradient == null
            ? null
            : kernels()
                .get("sgd_step.cu", "sgdStepCopy")
                .bind(
                    program.stream(),
                    weights(),
                    gradient,
                    kept,
                    copy,
                    layout.segments(),
                    layout.blockSegments(),
                    layout.blocks(),
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

  private Map<Boolean, CudaStep> gather(CudaProgram to) {
    return Map.of(false, gather(to, false), true, gather(to, true));
  }

  private CudaStep gather(CudaProgram to, boolean augments) {
    Shape shape = plan.graph().input();
    DevicePointer pixels = () -> images.pixels().address();
    DevicePointer labels = () -> images.labels().address();
    DevicePointer normalization = () -> images.table().address();
    return to.step(
        "gather_images.cu",
        "gatherImages",
        pixels,
        labels,
        table.rows(),
        table.cursor(),
        normalization,
        to.at(plan.input()),
        to.labels(),
        to.batch(),
        shape.height(),
        shape.width(),
        shape.channels(),
        to.imageChannels(),
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
    Branch other = both ? branch() : null;
    bind(at, from);
    CudaStep drift = kind.drifts() ? drift(distribution) : () -> {};
    perturbed = kind.drifts() ? drifted.address() : weights;
    String name =
        (both ? "probe" : "one-sided probe")
            + (kind.drifts() ? " with up to " + table.termCapacity() + " terms of drift" : "");
    replay(
        new CudaGraph.Key(name, weights, from, distribution, kind.augments()),
        () -> {
          gather.get(kind.augments()).enqueue();
          drift.enqueue();
          perturb.get(distribution).enqueue();
          if (other != null) {
            other.start(kind.augments());
          }
          forward(plus, 0);
          if (other != null) {
            program.stream().waitFor(other.program.stream());
          } else if (both) {
            forward(minus, 1);
          }
          advance.enqueue();
        });
  }

  /** The forward pass at w - eps z, beside the one at w + eps z. */
  private final class Branch {
    private final CudaProgram program;
    private final Map<Boolean, CudaStep> gather;
    private final Steps.Compiled<CudaStep> steps;

    Branch(CudaProgram program) {
      this.program = program;
      this.gather = gather(program);
      this.steps = CudaProgram.STEPS.compile(program.common().gpu().name(), program, plan);
      program.dnnWorkspace();
    }

    void start(boolean augments) {
      CudaStream stream = program.stream();
      stream.waitFor(CudaPasses.this.program.stream());
      gather.get(augments).enqueue();
      program.bindWeights(minus);
      program.bindLosses(table.losses(1));
      enqueue(stream, steps.forward(), 0);
    }
  }

  /** Null where there is no memory for it: then the two passes follow one another. */
  private Branch branch() {
    if (branch == null && !branchDoesNotFit) {
      CudaProgram beside = null;
      try {
        beside = program.beside();
        branch = new Branch(beside);
      } catch (OutOfDeviceMemoryException e) {
        branchDoesNotFit = true;
        if (beside != null) {
          beside.close();
        }
      } catch (RuntimeException | Error e) {
        try (CudaProgram half = beside) {
          throw e;
        }
      }
    }
    return branch;
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
          gather.get(false).enqueue();
          copyWeights();
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
    boolean flat = copyWeights == null || proximal != null; // the step reads a flat gradient
    if (!flat) {
      copyWeights.enqueue(); // then each step leaves it as the next one reads it
    }
    replay(
        new CudaGraph.Key(kind, weights, from, null, augments),
        () -> {
          gather.get(augments).enqueue();
          if (flat) {
            copyWeights();
          }
          forwardAtWeights();
          backward();
          if (flat) {
            flattenGradient();
          }
          if (proximal != null) {
            proximal.enqueue();
          }
          (flat ? sgdStep : sgdStepCopy).enqueue();
          advance.enqueue();
        });
  }

  /** Queues forward and, where asked, backward of the table's only pass. */
  void once(DevicePointer at, CudaImages from, boolean withBackward) {
    bind(at, from);
    gather.get(false).enqueue();
    copyWeights();
    forwardAtWeights();
    if (withBackward) {
      backward();
      flattenGradient();
    }
  }

  private void bind(DevicePointer at, CudaImages from) {
    weights = at.address();
    images = from;
  }

  private void replay(CudaGraph.Key key, Runnable work) {
    graphs.replay(key, table.passes(), work);
  }

  private void copyWeights() {
    if (copyWeights != null) {
      copyWeights.enqueue();
    }
  }

  /** At the weights themselves, or at their compute copy. */
  private void forwardAtWeights() {
    forward(copyWeights == null ? weights() : copy, 0);
  }

  private void forward(DevicePointer at, int side) {
    program.bindWeights(at);
    program.bindLosses(table.losses(side));
    enqueue(program.stream(), steps.forward(), 0);
  }

  /**
   * @param first position in the plan of the first of these steps
   */
  private void enqueue(CudaStream stream, List<CudaStep> some, int first) {
    for (int i = 0; i < some.size(); i++) {
      stream.startStep(name(plan.ops().get(first + i)));
      some.get(i).enqueue();
    }
    stream.startStep("");
  }

  private static String name(Op op) {
    return op.getClass().getEnclosingClass().getSimpleName()
        + " "
        + op.getClass().getSimpleName()
        + " of "
        + op.node();
  }

  /** Times each part of the table's only pass on its own. */
  List<Executable.StepTime> profile(DevicePointer at, CudaImages from, int repeats) {
    boolean training = program.isTraining();
    try (Owned owned = new Owned()) {
      DeviceMemory scratch = // a training step changes them
          owned.add(
              new DeviceMemory(
                  program.common().gpu(),
                  "weights of a profile",
                  Float.BYTES * plan.graph().layout().length()));
      program.stream().onDevice(scratch.address(), at.address(), scratch.bytes());
      bind(scratch, from);
      perturbed = weights;
      return profile(training, repeats, owned);
    }
  }

  private List<Executable.StepTime> profile(boolean training, int repeats, Owned owned) {
    program.bindWeights(copyWeights != null && training ? copy : training ? weights() : plus);
    program.bindLosses(table.losses(0));
    StepTimer timer = new StepTimer(repeats);
    List<PartTime> parts = new ArrayList<>();
    parts.add(new PartTime("gather", null, gather.get(false)));
    if (!training) {
      parts.add(new PartTime("perturb", null, perturb.get(Distribution.RADEMACHER)));
    } else if (copyWeights != null) {
      parts.add(new PartTime("copy weights", null, copyWeights));
    }
    Iterator<Op> op = plan.ops().iterator();
    steps.forward().forEach(step -> parts.add(new PartTime("", op.next(), step)));
    if (training) {
      program.bindGradient(gradient);
      steps.backward().forEach(step -> parts.add(new PartTime("", op.next(), step)));
      velocity = 0;
      parts.add(new PartTime("SGD step", null, sgdStepCopy == null ? sgdStep : sgdStepCopy));
    }
    parts.removeIf(part -> part.step == CudaStep.NOTHING);
    for (PartTime part : parts) {
      part.capture(owned);
    }
    for (int pass = 0; pass <= repeats; pass++) {
      timer.start();
      for (PartTime part : parts) {
        timer.add(part.name, part.op, part::seconds);
      }
    }
    return timer.medians();
  }

  /** A part of a pass many times over as a graph, so that the host's own time does not count. */
  private final class PartTime {
    private static final int TIMES = 20;

    private final String name;
    private final Op op;
    private final CudaStep step;
    private CudaGraph graph; // null where each step is waited for

    PartTime(String name, Op op, CudaStep step) {
      this.name = name;
      this.op = op;
      this.step = step;
    }

    void capture(Owned owned) {
      CudaStream stream = program.stream();
      stream.startStep(op == null ? name : CudaPasses.name(op));
      step.enqueue();
      stream.synchronize();
      if (!stream.isEager()) {
        graph =
            owned.add(
                new CudaGraph(
                    "a part of a profile",
                    stream,
                    () -> IntStream.range(0, TIMES).forEach(i -> step.enqueue())));
      }
      stream.startStep("");
    }

    double seconds() {
      return graph == null
          ? program.stream().seconds(step::enqueue)
          : program.stream().seconds(graph::launch) / TIMES;
    }
  }

  private void backward() {
    program.bindGradient(gradient);
    enqueue(program.stream(), steps.backward(), steps.forward().size());
  }

  private void flattenGradient() {
    if (flattenGradient != null) {
      flattenGradient.enqueue();
    }
  }

  /** For plans with guards. */
  void verifyGuards() {
    program.verifyGuards();
    if (branch != null) {
      branch.program.verifyGuards();
    }
  }

  /** Nodes of each graph that is captured, by its name. */
  Map<String, Integer> nodes() {
    return graphs.nodes();
  }

  @Override
  public void close() {
    try (Owned owned = new Owned()) {
      if (branch != null) {
        owned.add(branch.program);
      }
      owned.add(graphs);
    }
  }
}
