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
import org.zowarmup.nn.op.Linear;

/** Linear layers by oneDNN's inner product; weights [out,in] stay as they are stored. */
final class LinearSteps {
  private final Lane lane;
  private final Dnnl dnnl;
  private final Linear.Forward op;
  private final memory.desc x;
  private final memory.desc y;
  private final memory.desc weight;
  private final memory.desc bias;
  private final inner_product_forward.primitive_desc forward;

  LinearSteps(Lane lane, Linear.Forward op) {
    this.lane = lane;
    this.dnnl = lane.dnnl();
    this.op = op;
    long rows = (long) lane.batch() * op.tokens();
    this.x = dnnl.desc(memory.format_tag.nc, rows, op.in());
    this.y = dnnl.desc(memory.format_tag.nc, rows, op.out());
    this.weight = dnnl.desc(memory.format_tag.oi, op.out(), op.in());
    this.bias = dnnl.desc(memory.format_tag.x, op.out());
    prop_kind kind = lane.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
    this.forward =
        dnnl.keep(
            new inner_product_forward.primitive_desc(dnnl.engine(), kind, x, weight, bias, y));
  }

  Step forward() {
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(DNNL_ARG_SRC, dnnl.memory(x, lane.at(op.x())));
    arguments.put(DNNL_ARG_WEIGHTS, BoundTensor.weights(lane, op.weight(), weight, weight));
    arguments.put(DNNL_ARG_BIAS, BoundTensor.weights(lane, op.bias(), bias, bias));
    arguments.put(DNNL_ARG_DST, dnnl.memory(y, lane.at(op.y())));
    Runnable call = dnnl.call(new inner_product_forward(forward), arguments);
    return count -> call.run();
  }

  Step backwardData(Linear.BackwardData back) {
    var desc =
        dnnl.keep(
            new inner_product_backward_data.primitive_desc(dnnl.engine(), x, weight, y, forward));
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(DNNL_ARG_DIFF_DST, dnnl.memory(y, lane.at(back.dy())));
    arguments.put(DNNL_ARG_WEIGHTS, BoundTensor.weights(lane, op.weight(), weight, weight));
    arguments.put(DNNL_ARG_DIFF_SRC, dnnl.memory(x, lane.at(back.dx())));
    Runnable call = dnnl.call(new inner_product_backward_data(desc), arguments);
    return count -> call.run();
  }

  Step backwardParameters(Linear.BackwardParameters back) {
    var desc =
        dnnl.keep(
            new inner_product_backward_weights.primitive_desc(
                dnnl.engine(), x, weight, bias, y, forward));
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(DNNL_ARG_SRC, dnnl.memory(x, lane.at(op.x())));
    arguments.put(DNNL_ARG_DIFF_DST, dnnl.memory(y, lane.at(back.dy())));
    arguments.put(
        DNNL_ARG_DIFF_WEIGHTS, BoundTensor.gradient(lane, op.weight(), weight, weight).computed());
    arguments.put(DNNL_ARG_DIFF_BIAS, BoundTensor.gradient(lane, op.bias(), bias, bias).computed());
    Runnable call = dnnl.call(new inner_product_backward_weights(desc), arguments);
    return count -> call.run();
  }
}
