package org.zowarmup.device;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Op;

/**
 * The functions by which a device compiles the operations of a plan: one for each type of {@link
 * Op}.
 *
 * @param <P> the program of one executable, which its steps share
 * @param <S> a compiled step
 */
public final class Steps<P, S> {
  private final Map<Class<? extends Op>, BiFunction<P, Op, S>> compilers = new LinkedHashMap<>();

  /**
   * The steps of a plan in their order.
   *
   * @param forward up to the losses
   * @param backward after them
   */
  public record Compiled<S>(List<S> forward, List<S> backward) {}

  /** Adds how operations of a type are compiled. */
  public <O extends Op> Steps<P, S> on(Class<O> type, BiFunction<P, O, S> compiler) {
    compilers.put(type, (program, op) -> compiler.apply(program, type.cast(op)));
    return this;
  }

  /** The types of operations that the device runs. */
  public Set<Class<? extends Op>> operations() {
    return Set.copyOf(compilers.keySet());
  }

  /**
   * Compiles one operation.
   *
   * @throws UnsupportedException naming device and layer when the device does not run it
   */
  public S compile(String device, P program, Op op) {
    BiFunction<P, Op, S> compiler = compilers.get(op.getClass());
    if (compiler == null) {
      String operation = op.getClass().getEnclosingClass().getSimpleName();
      throw new UnsupportedException(
          "device %s does not run layer %s (%s)".formatted(device, op.node(), operation));
    }
    return compiler.apply(program, op);
  }

  /** Compiles all operations of a plan, each as above. */
  public Compiled<S> compile(String device, P program, Plan plan) {
    Compiled<S> compiled = new Compiled<>(new ArrayList<>(), new ArrayList<>());
    List<S> steps = compiled.forward();
    for (Op op : plan.ops()) {
      steps.add(compile(device, program, op));
      if (op instanceof Loss.Forward) {
        steps = compiled.backward();
      }
    }
    return compiled;
  }
}
