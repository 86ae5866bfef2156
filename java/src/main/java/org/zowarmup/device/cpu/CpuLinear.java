package org.zowarmup.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.inner_product_backward_data;
import org.bytedeco.dnnl.inner_product_backward_weights;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.Precision;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Linear;

/**
 * Linear layers by oneDNN's inner product; weights [out,in] stay as they are stored. Where weights
 * are large and rows few, memory is the limit: kernels of the program's own then read the weights
 * once a pass, and take the step of SGD within the backward pass.
 */
final class CpuLinear {
  private static final int MOST_ROWS = 32;
  private static final int LEAST_WEIGHTS = 1 << 17; // 512 KiB

  private final CpuProgram program;
  private final Dnnl dnnl;
  private final Linear.Forward op;
  private final long rows;
  private final memory.desc x;
  private final memory.desc y;
  private final memory.desc weight;
  private final memory.desc wanted;
  private final memory.desc bias;
  private final primitive_attr products;
  private final inner_product_forward.primitive_desc forward;

  private CpuLinear(CpuProgram program, Linear.Forward op) {
    this.program = program;
    this.dnnl = program.dnnl();
    this.op = op;
    this.rows = (long) program.batch() * op.tokens();
    this.x = dnnl.desc(memory.format_tag.nc, rows, op.in());
    this.y = dnnl.desc(memory.format_tag.nc, rows, op.out());
    this.weight = dnnl.desc(memory.format_tag.oi, op.out(), op.in());
    this.bias = dnnl.desc(memory.format_tag.x, op.out());
    // one row a sample is the classifier or close to it
    Precision precision = op.tokens() == 1 ? Precision.FP32 : program.precision();
    this.products = dnnl.products(precision);
    // tiles want their weights in blocks
    this.wanted =
        precision == Precision.FP32 ? weight : dnnl.desc(memory.format_tag.any, op.out(), op.in());
    prop_kind kind =
        program.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
    this.forward =
        dnnl.keep(
            new inner_product_forward.primitive_desc(
                dnnl.engine(), kind, x, wanted, bias, y, products, false));
  }

  static Step forward(CpuProgram program, Linear.Forward op) {
    return new CpuLinear(program, op).forward();
  }

  static Step backwardData(CpuProgram program, Linear.BackwardData op) {
    CpuLinear layer = new CpuLinear(program, op.forward());
    Step separate = layer.backward(op);
    return layer.stepsInBackward(op.dx()) ? layer.stepping(separate, op.dy(), op.dx()) : separate;
  }

  static Step backwardParameters(CpuProgram program, Linear.BackwardParameters op) {
    CpuLinear layer = new CpuLinear(program, op.forward());
    Step separate = layer.backward(op);
    Plan.Value dx = layer.gradientOfInputOrNull();
    if (!layer.stepsInBackward(dx)) {
      return separate;
    }
    program.willStepInBackward(op.forward().weight());
    // the weights are still needed where a gradient of the input follows: they are stepped there
    Step weights = dx == null ? layer.stepping(count -> {}, op.dy(), null) : count -> {};
    FloatPointer dy = program.at(op.dy());
    return count -> {
      if (program.sgdOrNull() == null) {
        separate.run(count);
        return;
      }
      FloatPointer bias = program.gradient(op.forward().bias());
      NativeCpu.sumRows(dy, layer.rows, op.forward().out(), bias, program.threads());
      weights.run(count);
    };
  }

  private Plan.Value gradientOfInputOrNull() {
    return program.plan().ops().stream()
        .filter(step -> step instanceof Linear.BackwardData back && back.forward().equals(op))
        .map(step -> ((Linear.BackwardData) step).dx())
        .findFirst()
        .orElse(null);
  }

  /**
   * Says whether the backward pass can step the weights. The gradient of the input may lie where
   * the input does, which is read just before it, but not half over it.
   *
   * @param dx null where the layer reads the images
   */
  private boolean stepsInBackward(Plan.Value dx) {
    return isBoundByMemory() && (dx == null || isInOrApartFromInput(dx));
  }

  /** Says whether the program's own kernels, which read the weights once, take this layer. */
  private boolean isBoundByMemory() {
    return (long) op.in() * op.out() >= LEAST_WEIGHTS
        && rows <= MOST_ROWS
        && op.in() % NativeCpu.LINEAR_COLUMNS == 0
        && op.out() % 2 == 0
        && NativeCpu.isa() >= NativeCpu.ISA_AVX2;
  }

  private boolean isInOrApartFromInput(Plan.Value dx) {
    Plan plan = program.plan();
    long apart = Math.abs(plan.offset(dx) - plan.offset(op.x()));
    return apart == 0 || apart >= plan.elements(dx);
  }

  /** Both passes and the step at once, or the separate pass where a gradient is wanted. */
  private Step stepping(Step separate, Plan.Value ofOutput, Plan.Value ofInputOrNull) {
    FloatPointer at = program.at(op.x());
    FloatPointer dy = program.at(ofOutput);
    FloatPointer dx = program.atOrNull(ofInputOrNull);
    return count -> {
      TrainJob.Sgd sgd = program.sgdOrNull();
      if (sgd == null) {
        separate.run(count);
        return;
      }
      NativeCpu.linearBackwardSgd(
          at,
          dy,
          program.weight(op.weight()),
          dx,
          rows,
          op.in(),
          op.out(),
          sgd.lr(),
          sgd.weightDecay(),
          program.threads());
    };
  }

  private Step forward() {
    if (isBoundByMemory()) {
      FloatPointer at = program.at(op.x());
      FloatPointer to = program.at(op.y());
      return count ->
          NativeCpu.linearForward(
              at,
              program.weight(op.weight()),
              program.weight(op.bias()),
              to,
              rows,
              op.in(),
              op.out(),
              program.threads());
    }
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, dnnl.memory(x, program.at(op.x())))
            .put(
                DNNL_ARG_WEIGHTS,
                program.weight(op.weight(), weight, dnnl.keep(forward.weights_desc())))
            .put(DNNL_ARG_BIAS, program.weight(op.bias(), bias, bias))
            .put(DNNL_ARG_DST, dnnl.memory(y, program.at(op.y())));
    return dnnl.call(new inner_product_forward(forward), arguments);
  }

  private Step backward(Linear.BackwardData back) {
    var desc =
        dnnl.keep(
            new inner_product_backward_data.primitive_desc(
                dnnl.engine(), x, wanted, y, forward, products, false));
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_DIFF_DST, dnnl.memory(y, program.at(back.dy())))
            .put(
                DNNL_ARG_WEIGHTS,
                program.weight(op.weight(), weight, dnnl.keep(desc.weights_desc())))
            .put(DNNL_ARG_DIFF_SRC, dnnl.memory(x, program.at(back.dx())));
    return dnnl.call(new inner_product_backward_data(desc), arguments);
  }

  private Step backward(Linear.BackwardParameters back) {
    var desc =
        dnnl.keep(
            new inner_product_backward_weights.primitive_desc(
                dnnl.engine(), x, wanted, bias, y, forward, products, false));
    CpuProgram.Gradient gradient =
        program.gradient(op.weight(), weight, dnnl.keep(desc.diff_weights_desc()));
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, dnnl.memory(x, program.at(op.x())))
            .put(DNNL_ARG_DIFF_DST, dnnl.memory(y, program.at(back.dy())))
            .put(DNNL_ARG_DIFF_WEIGHTS, gradient.computed())
            .put(DNNL_ARG_DIFF_BIAS, program.gradient(op.bias(), bias, bias).computed());
    Step call = dnnl.call(new inner_product_backward_weights(desc), arguments);
    return count -> {
      call.run(count);
      gradient.store().run(count);
    };
  }
}
