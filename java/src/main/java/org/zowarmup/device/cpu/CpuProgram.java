package org.zowarmup.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.zowarmup.device.Owned;
import org.zowarmup.device.Precision;
import org.zowarmup.device.Steps;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Embedding;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.nn.op.Select;

/**
 * A plan compiled to oneDNN primitives and native kernels, with all that its steps share: the
 * arena, the weights that are bound, the gradient that is written, labels and losses. A step that
 * wants the weights in a layout of its own registers what must be done when others are bound.
 */
final class CpuProgram implements AutoCloseable {
  static final Steps<CpuProgram, Step> STEPS =
      new Steps<CpuProgram, Step>()
          .on(Add.Forward.class, CpuAdd::forward)
          .on(Attention.Forward.class, CpuAttention::forward)
          .on(Attention.Backward.class, CpuAttention::backward)
          .on(Conv.Forward.class, CpuConv::forward)
          .on(Conv.BackwardData.class, CpuConv::backwardData)
          .on(Conv.BackwardParameters.class, CpuConv::backwardParameters)
          .on(Custom.Forward.class, CpuCustom::forward)
          .on(Custom.Backward.class, CpuCustom::backward)
          .on(Embedding.Forward.class, CpuEmbedding::forward)
          .on(Embedding.BackwardData.class, CpuEmbedding::backwardData)
          .on(Embedding.BackwardParameters.class, CpuEmbedding::backwardParameters)
          .on(Gelu.Forward.class, CpuGelu::forward)
          .on(Gelu.Backward.class, CpuGelu::backward)
          .on(GroupNorm.Forward.class, CpuGroupNorm::forward)
          .on(GroupNorm.Backward.class, CpuGroupNorm::backward)
          .on(LayerNorm.Forward.class, CpuLayerNorm::forward)
          .on(LayerNorm.Backward.class, CpuLayerNorm::backward)
          .on(Linear.Forward.class, CpuLinear::forward)
          .on(Linear.BackwardData.class, CpuLinear::backwardData)
          .on(Linear.BackwardParameters.class, CpuLinear::backwardParameters)
          .on(Loss.Forward.class, CpuLoss::forward)
          .on(Loss.Backward.class, CpuLoss::backward)
          .on(Pool.Forward.class, CpuPool::forward)
          .on(Pool.Backward.class, CpuPool::backward)
          .on(Relu.Forward.class, CpuRelu::forward)
          .on(Relu.Backward.class, CpuRelu::backward)
          .on(Select.Forward.class, CpuSelect::forward)
          .on(Select.Backward.class, CpuSelect::backward);

  private final Plan plan;
  private final int threads;
  private final Precision precision;
  private final Owned owned = new Owned();
  private final AlignedFloats arena;
  private final Dnnl dnnl;
  private final IntPointer indices;
  private final IntPointer labels;
  private final DoublePointer losses;
  private final IntPointer hits;
  private final Steps.Compiled<Step> steps;
  private final List<Consumer<CpuVector>> weightBinders = new ArrayList<>();
  private final List<Consumer<CpuVector>> gradientBinders = new ArrayList<>();
  private final Set<ParameterTensor> steppedInBackward = new HashSet<>();
  private AlignedFloats filters; // null until a convolution asks for it
  private TrainJob.Sgd sgd; // null but in a backward pass that takes its step as well
  private CpuVector weights;
  private CpuVector gradient;

  CpuProgram(Plan plan, int threads, Precision precision) {
    this.plan = plan;
    this.threads = threads;
    this.precision = precision;
    try {
      this.arena =
          owned.add(new AlignedFloats("arena of " + plan.graph().name(), plan.arenaElements()));
      this.dnnl = owned.add(new Dnnl());
      this.indices = owned.add(new IntPointer(plan.batch()));
      this.labels = owned.add(new IntPointer(plan.batch()));
      this.losses = owned.add(new DoublePointer(plan.batch()));
      this.hits = owned.add(new IntPointer(plan.batch()));
      if (plan.guard() > 0) {
        for (long i = 0; i < arena.length(); i++) {
          arena.pointer().put(i, AlignedFloats.GUARD_VALUE);
        }
      }
      enter();
      this.steps = STEPS.compile(CpuProvider.NAME, this, plan);
    } catch (RuntimeException | Error e) {
      owned.closeAfter(e);
      throw e;
    }
  }

  /**
   * oneDNN takes the thread count of the calling thread, when a primitive is made and when it runs.
   */
  void enter() {
    NativeCpu.setOpenMpThreads(threads);
  }

  Steps.Compiled<Step> steps() {
    return steps;
  }

  Plan plan() {
    return plan;
  }

  int batch() {
    return plan.batch();
  }

  int threads() {
    return threads;
  }

  /** In what the layers of tokens compute their products. */
  Precision precision() {
    return precision;
  }

  boolean isTraining() {
    return plan.kind() == Plan.Kind.FORWARD_BACKWARD;
  }

  Dnnl dnnl() {
    return dnnl;
  }

  FloatPointer at(Plan.Value value) {
    // a view: closing it would free the arena
    return arena.pointer(plan.offset(value));
  }

  /** Null for null, which native kernels take for "absent". */
  FloatPointer atOrNull(Plan.Value value) {
    return value == null ? null : at(value);
  }

  /** Elements of a value for the whole batch. */
  long elements(Plan.Value value) {
    return plan.elements(value);
  }

  /**
   * Memory that the convolutions share for filters transformed just before their use: they are in
   * cache then, and a program needs the memory of its largest layer alone.
   *
   * @param elements that a convolution needs; asked for while the plan is compiled
   */
  void reserveFilters(long elements) {
    if (filters == null || filters.length() < elements) {
      if (filters != null) {
        filters.close();
      }
      filters = owned.add(new AlignedFloats("filters of " + plan.graph().name(), elements));
    }
  }

  /**
   * The memory that {@link #reserveFilters} has reserved; known when all of the plan is compiled.
   */
  FloatPointer filters() {
    return filters.pointer();
  }

  /**
   * Takes note, while the plan is compiled, that the backward pass steps a tensor itself whenever
   * {@link #sgdOrNull} says how, instead of writing its gradient.
   */
  void willStepInBackward(ParameterTensor tensor) {
    steppedInBackward.add(tensor);
  }

  boolean stepsInBackward() {
    return !steppedInBackward.isEmpty();
  }

  /** The step that the running backward pass takes, or null where it writes gradients alone. */
  TrainJob.Sgd sgdOrNull() {
    return sgd;
  }

  void beginSteps(TrainJob.Sgd step) {
    sgd = step;
  }

  void endSteps() {
    sgd = null;
  }

  /** The step of all tensors that the backward pass has not stepped. */
  void stepOthers(TrainJob.Sgd step) {
    for (ParameterTensor tensor : plan.graph().layout().tensors()) {
      if (!steppedInBackward.contains(tensor)) {
        NativeCpu.sgd(
            weight(tensor),
            gradient(tensor),
            null,
            tensor.size(),
            step.lr(),
            step.momentum(),
            step.weightDecay(),
            threads);
      }
    }
  }

  /** The index of each sample of the pass among its images. */
  IntPointer indices() {
    return indices;
  }

  /** The label of each sample of the pass. */
  IntPointer labels() {
    return labels;
  }

  DoublePointer losses() {
    return losses;
  }

  /** 1 for each sample whose prediction is its label, else 0. */
  IntPointer hits() {
    return hits;
  }

  FloatPointer weight(ParameterTensor tensor) {
    return weights.pointer(tensor);
  }

  FloatPointer gradient(ParameterTensor tensor) {
    return gradient.pointer(tensor);
  }

  void whenWeightsAreBound(Consumer<CpuVector> binder) {
    weightBinders.add(binder);
  }

  void whenGradientIsBound(Consumer<CpuVector> binder) {
    gradientBinders.add(binder);
  }

  void bindWeights(CpuVector vector) {
    weights = vector;
    for (Consumer<CpuVector> binder : weightBinders) {
      binder.accept(vector);
    }
  }

  void bindGradient(CpuVector vector) {
    if (gradient != vector) {
      gradient = vector;
      for (Consumer<CpuVector> binder : gradientBinders) {
        binder.accept(vector);
      }
    }
  }

  /**
   * A parameter tensor as oneDNN takes it: in place where the library takes the stored layout, else
   * a copy in the library's own, made again whenever other weights are bound.
   *
   * @param stored layout of the flat buffer
   * @param wanted layout of the primitive
   */
  memory weight(ParameterTensor tensor, memory.desc stored, memory.desc wanted) {
    // without a buffer until the first weights are bound
    memory source = dnnl.memory(stored, new FloatPointer());
    if (stored.equals(wanted)) {
      whenWeightsAreBound(vector -> source.set_data_handle(vector.pointer(tensor)));
      return source;
    }
    memory copy = dnnl.ownMemory(wanted);
    Step reorder = reorder(source, copy);
    whenWeightsAreBound(
        vector -> {
          source.set_data_handle(vector.pointer(tensor));
          reorder.run(batch());
        });
    return copy;
  }

  /**
   * A gradient.
   *
   * @param computed what the primitive writes
   * @param store copies it to the bound gradient where that is another buffer
   */
  record Gradient(memory computed, Step store) {}

  /** The gradient of a parameter tensor, in the layout that a primitive writes. */
  Gradient gradient(ParameterTensor tensor, memory.desc stored, memory.desc wanted) {
    memory target = dnnl.memory(stored, new FloatPointer());
    whenGradientIsBound(vector -> target.set_data_handle(vector.pointer(tensor)));
    if (stored.equals(wanted)) {
      return new Gradient(target, count -> {});
    }
    memory computed = dnnl.ownMemory(wanted);
    return new Gradient(computed, reorder(computed, target));
  }

  private Step reorder(memory from, memory to) {
    IntMemoryMap arguments = new IntMemoryMap().put(DNNL_ARG_FROM, from).put(DNNL_ARG_TO, to);
    var desc =
        dnnl.keep(
            new reorder.primitive_desc(
                dnnl.engine(),
                dnnl.keep(from.get_desc()),
                dnnl.engine(),
                dnnl.keep(to.get_desc())));
    return dnnl.call(new reorder(desc), arguments);
  }

  void verifyGuards() {
    arena.verify();
    for (Plan.Value value : plan.values()) {
      long start = plan.offset(value);
      long end = start + plan.elements(value);
      for (int i = 1; i <= plan.guard(); i++) {
        if (!arena.isGuard(start - i) || !arena.isGuard(end + i - 1)) {
          throw new IllegalStateException("guard of value " + value.name() + " was written");
        }
      }
    }
  }

  @Override
  public void close() {
    owned.close();
  }
}
