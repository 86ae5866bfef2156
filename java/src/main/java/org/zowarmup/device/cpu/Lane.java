package org.zowarmup.device.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Value;

/**
 * What the compiled steps of one executable share: the arena, oneDNN, the weights that are bound,
 * the gradient that is written. A step that wants the weights in a layout of its own registers what
 * must be done when others are bound.
 */
final class Lane implements AutoCloseable {
  private final Plan plan;
  private final int threads;
  private final Dnnl dnnl = new Dnnl();
  private final AlignedFloats arena;
  private final List<Consumer<CpuVector>> weightBinders = new ArrayList<>();
  private final List<Consumer<CpuVector>> gradientBinders = new ArrayList<>();
  private AlignedFloats filters; // null until a convolution asks for it
  private CpuVector weights;
  private CpuVector gradient;

  Lane(Plan plan, int threads) {
    this.plan = plan;
    this.threads = threads;
    this.arena = new AlignedFloats("arena of " + plan.graph().name(), plan.arenaElements());
    if (plan.guard() > 0) {
      for (long i = 0; i < arena.length(); i++) {
        arena.pointer().put(i, AlignedFloats.GUARD_VALUE);
      }
    }
  }

  int batch() {
    return plan.batch();
  }

  int threads() {
    return threads;
  }

  boolean isTraining() {
    return plan.kind() == Plan.Kind.FORWARD_BACKWARD;
  }

  Dnnl dnnl() {
    return dnnl;
  }

  FloatPointer at(Value value) {
    // a view: closing it would free the arena
    return arena.pointer(plan.offset(value));
  }

  /** Null for null, which native kernels take for "absent". */
  FloatPointer atOrNull(Value value) {
    return value == null ? null : at(value);
  }

  /** Elements of a value for the whole batch. */
  long elements(Value value) {
    return plan.elements(value);
  }

  /**
   * Memory that the convolutions share for filters transformed just before their use: they are in
   * cache then, and a lane needs the memory of its largest layer alone.
   *
   * @param elements that a convolution needs; asked for while the plan is compiled
   */
  void reserveFilters(long elements) {
    if (filters == null || filters.length() < elements) {
      if (filters != null) {
        filters.close();
      }
      filters = new AlignedFloats("filters of " + plan.graph().name(), elements);
    }
  }

  /** What {@link #reserveFilters} has reserved; known when all of the plan is compiled. */
  FloatPointer filters() {
    return filters.pointer();
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

  void verifyGuards() {
    arena.verify();
    for (Value value : plan.values()) {
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
    dnnl.close();
    arena.close();
    if (filters != null) {
      filters.close();
    }
  }
}
