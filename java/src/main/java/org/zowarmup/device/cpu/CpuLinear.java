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
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Linear;

/** Linear layers by oneDNN's inner product; weights [out,in] stay as they are stored. */
final class CpuLinear {
  private final CpuProgram program;
  private final Dnnl dnnl;
  private final Linear.Forward op;
  private final memory.desc x;
  private final memory.desc y;
  private final memory.desc weight;
  private final memory.desc bias;
  private final inner_product_forward.primitive_desc forward;

  private CpuLinear(CpuProgram program, Linear.Forward op) {
    this.program = program;
    this.dnnl = program.dnnl();
    this.op = op;
    long rows = (long) program.batch() * op.tokens();
    this.x = dnnl.desc(memory.format_tag.nc, rows, op.in());
    this.y = dnnl.desc(memory.format_tag.nc, rows, op.out());
    this.weight = dnnl.desc(memory.format_tag.oi, op.out(), op.in());
    this.bias = dnnl.desc(memory.format_tag.x, op.out());
    prop_kind kind =
        program.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
    this.forward =
        dnnl.keep(
            new inner_product_forward.primitive_desc(dnnl.engine(), kind, x, weight, bias, y));
  }

  static Step forward(CpuProgram program, Linear.Forward op) {
    return new CpuLinear(program, op).forward();
  }

  static Step backwardData(CpuProgram program, Linear.BackwardData op) {
    return new CpuLinear(program, op.forward()).backward(op);
  }

  static Step backwardParameters(CpuProgram program, Linear.BackwardParameters op) {
    return new CpuLinear(program, op.forward()).backward(op);
  }

  private Step forward() {
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, dnnl.memory(x, program.at(op.x())))
            .put(DNNL_ARG_WEIGHTS, program.weight(op.weight(), weight, weight))
            .put(DNNL_ARG_BIAS, program.weight(op.bias(), bias, bias))
            .put(DNNL_ARG_DST, dnnl.memory(y, program.at(op.y())));
    return dnnl.call(new inner_product_forward(forward), arguments);
  }

  private Step backward(Linear.BackwardData back) {
    var desc =
        dnnl.keep(
            new inner_product_backward_data.primitive_desc(dnnl.engine(), x, weight, y, forward));
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_DIFF_DST, dnnl.memory(y, program.at(back.dy())))
            .put(DNNL_ARG_WEIGHTS, program.weight(op.weight(), weight, weight))
            .put(DNNL_ARG_DIFF_SRC, dnnl.memory(x, program.at(back.dx())));
    return dnnl.call(new inner_product_backward_data(desc), arguments);
  }

  private Step backward(Linear.BackwardParameters back) {
    var desc =
        dnnl.keep(
            new inner_product_backward_weights.primitive_desc(
                dnnl.engine(), x, weight, bias, y, forward));
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, dnnl.memory(x, program.at(op.x())))
            .put(DNNL_ARG_DIFF_DST, dnnl.memory(y, program.at(back.dy())))
            .put(DNNL_ARG_DIFF_WEIGHTS, program.gradient(op.weight(), weight, weight).computed())
            .put(DNNL_ARG_DIFF_BIAS, program.gradient(op.bias(), bias, bias).computed());
    return dnnl.call(new inner_product_backward_weights(desc), arguments);
  }
}
