package org.zowarmup.device.cuda;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.random.Distribution;

/**
 * One pass of a plan over the batch that the table's cursor points to, as captured graphs: gather,
 * perturb, forward at w + eps z, forward at w - eps z where a probe has two sides; or gather,
 * forward; or gather, forward, backward, SGD step. A graph is captured when it is first needed for
 * given weights and images.
 */
final class CudaPasses implements AutoCloseable {
  private static final int MAX_GRAPHS = 16;

  /** What a graph was captured for. */
  private record Key(
      String kind, long weights, CudaImages images, Distribution distribution, boolean augments) {}

  private final CudaLane lane;
  private final Plan plan;
  private final PassTable table;
  private final List<CudaStep> forward;
  private final List<CudaStep> backward;
  private final Map<Key, CudaGraph> graphs = new LinkedHashMap<>(16, 0.75f, true);
  private final Kernel gather;
  private final Map<Distribution, Kernel> perturb = new EnumMap<>(Distribution.class);
  private final Kernel copyWeights;
  private final Kernel gatherWeights;
  private final Kernel sgdStep;
  private final Kernel advance;
  private final DeviceMemory plus; // compute copies; null where the plan trains
  private final DeviceMemory minus;
  private final DeviceMemory copy; // compute copy of the weights themselves, in bf16
  private final DeviceMemory gradient; // as the compute copy lies; null where the plan only infers
  private final DeviceMemory flatGradient; // the same in flat fp32, in bf16

  CudaPasses(CudaLane lane, Plan plan, PassTable table) {
    this.lane = lane;
    this.plan = plan;
    this.table = table;
    boolean bf16 = lane.precision() == Precision.BF16;
    boolean training = lane.isTraining();
    long bytes = lane.copyLayout().copyBytes();
    this.plus = training ? null : zeroed("w + eps z", bytes);
    this.minus = training ? null : zeroed("w - eps z", bytes);
    this.copy = bf16 ? zeroed("bf16 copy of the weights", bytes) : null;
    this.gradient = training ? zeroed("gradient", bytes) : null;
    this.flatGradient =
        training && bf16
            ? zeroed("gradient in fp32", Float.BYTES * plan.graph().layout().length())
            : null;
    // all kernels are loaded now, because a capture must load no module
    CudaKernels kernels = lane.device().kernels();
    this.gather = lane.kernel("gather_images.cu", "gatherImages");
    for (Distribution distribution : Distribution.values()) {
      perturb.put(distribution, Perturbation.kernel(kernels, distribution));
    }
    this.copyWeights = kernels.get("weights_copy.cu", "copyWeights");
    this.gatherWeights = kernels.get("weights_copy.cu", "gatherWeights");
    this.sgdStep = kernels.get("sgd_step.cu", "sgdStepJob");
    this.advance = kernels.get("job.cu", "advanceJob");
    StepCompiler compiler = new StepCompiler(lane, table, plan);
    this.forward = compiler.forward();
    this.backward = compiler.backward();
    lane.dnnWorkspace(); // ... and must not allocate
  }

  private DeviceMemory zeroed(String name, long bytes) {
    DeviceMemory memory = lane.memory(name, bytes);
    lane.stream().clear(memory.address(), bytes);
    lane.stream().synchronize();
    return memory;
  }

  /** Gradient of the last backward pass in flat fp32, zero in the padding. */
  long flatGradient() {
    return flatGradient == null ? gradient.address() : flatGradient.address();
  }

  /** Queues a probe's pass, of one side or of both, for each pass of the table. */
  void probe(long weights, CudaImages images, Distribution distribution, ProbeGroups.Kind kind) {
    boolean both = kind.sides() == ProbeJob.Sides.BOTH;
    String name = both ? "probe" : "one-sided probe";
    CudaGraph graph =
        graph(
            new Key(name, weights, images, distribution, kind.augments()),
            () -> {
              gather(images, kind.augments());
              perturb(weights, distribution);
              forward(plus.address(), 0);
              if (both) {
                forward(minus.address(), 1);
              }
              advance();
            });
    replay(graph);
  }

  /** Queues a forward pass for each pass of the table. */
  void evaluate(long weights, CudaImages images) {
    CudaGraph graph =
        graph(
            new Key("evaluate", weights, images, null, false),
            () -> {
              gather(images, false);
              forward(bound(weights), 0);
              advance();
            });
    replay(graph);
  }

  /**
   * Queues a training step for each pass of the table.
   *
   * @param velocity 0 for none
   * @param proximal vectors and coefficients of the gradient with a proximal term, or null
   */
  void train(
      long weights, long velocity, ProximalTerm proximal, CudaImages images, boolean augments) {
    String kind =
        "training"
            + (velocity == 0 ? "" : " with momentum")
            + (proximal == null ? "" : " with a proximal term");
    CudaGraph graph =
        graph(
            new Key(kind, weights, images, null, augments),
            () -> {
              gather(images, augments);
              forward(bound(weights), 0);
              backward();
              if (proximal != null) {
                proximal.enqueue(lane.stream());
              }
              step(weights, velocity);
              advance();
            });
    replay(graph);
  }

  /** Queues forward and, where the plan trains, backward of the table's only pass. */
  void once(long weights, CudaImages images, boolean withBackward) {
    gather(images, false);
    forward(bound(weights), 0);
    if (withBackward) {
      backward();
    }
  }

  private CudaGraph graph(Key key, Runnable work) {
    CudaGraph graph = graphs.get(key);
    if (graph == null) {
      if (graphs.size() == MAX_GRAPHS) {
        Key oldest = graphs.keySet().iterator().next();
        graphs.remove(oldest).close();
      }
      graph = lane.stream().capture(key.kind() + " of " + plan.graph().name(), work);
      graphs.put(key, graph);
    }
    return graph;
  }

  private void replay(CudaGraph graph) {
    for (int pass = 0; pass < table.passes(); pass++) {
      lane.stream().launch(graph);
    }
  }

  private void gather(CudaImages images, boolean augments) {
    Shape shape = images.shape();
    gather.launch(
        lane.stream(),
        Kernel.blocks((long) lane.batch() * shape.pixels(), Kernel.BLOCK),
        images.pixels(),
        images.labels(),
        table.rows(),
        table.cursor(),
        images.table(),
        lane.at(plan.input()),
        lane.labels(),
        lane.batch(),
        shape.height(),
        shape.width(),
        shape.channels(),
        shape.channels(),
        augments ? 1 : 0);
  }

  private void perturb(long weights, Distribution distribution) {
    CudaLayout layout = lane.copyLayout();
    perturb
        .get(distribution)
        .launch(
            lane.stream(),
            Perturbation.grid(layout),
            weights,
            plus.address(),
            minus.address(),
            layout.segments(),
            layout.blockSegments(),
            layout.blocks(),
            table.jobs(),
            table.cursor(),
            0L,
            0f);
  }

  /** The weights as the steps want them: themselves, or a compute copy made now. */
  private long bound(long weights) {
    if (copy == null) {
      return weights;
    }
    convert(copyWeights, weights, copy.address());
    return copy.address();
  }

  private void convert(Kernel kernel, long from, long to) {
    CudaLayout layout = lane.copyLayout();
    kernel.launch(
        lane.stream(),
        Kernel.blocks(layout.blocks(), 8),
        from,
        to,
        layout.segments(),
        layout.blockSegments(),
        layout.blocks());
  }

  private void forward(long weights, int side) {
    lane.bindWeights(weights);
    lane.bindLosses(table.losses(side));
    forward.forEach(CudaStep::enqueue);
  }

  private void backward() {
    lane.bindGradient(gradient.address());
    backward.forEach(CudaStep::enqueue);
    if (flatGradient != null) {
      convert(gatherWeights, gradient.address(), flatGradient.address());
    }
  }

  private void step(long weights, long velocity) {
    long n = plan.graph().layout().length();
    sgdStep.launch(
        lane.stream(),
        Kernel.elementwise(n),
        weights,
        flatGradient(),
        velocity == 0 ? null : (Long) velocity,
        n,
        table.jobs(),
        table.cursor());
  }

  private void advance() {
    advance.launch(lane.stream(), new Kernel.Grid(1, 1, 1, 0), table.cursor());
  }

  @Override
  public void close() {
    graphs.values().forEach(CudaGraph::close);
    graphs.clear();
  }
}
