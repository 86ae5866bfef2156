package org.zowarmup.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.layer_normalization_backward;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory;
import org.zowarmup.nn.op.LayerNorm;

/**
 * Layer norm by oneDNN. The library keeps the variance where the plan has a place for rstd: only
 * its own way back reads it.
 */
final class LayerNormSteps {
  private static final int FLAGS =
      normalization_flags.use_scale.value | normalization_flags.use_shift.value;

  private final Lane lane;
  private final Dnnl dnnl;
  private final LayerNorm.Forward op;
  private final memory.desc rows;
  private final memory.desc statistics;
  private final memory.desc parameter;
  private final layer_normalization_forward.primitive_desc forward;

  LayerNormSteps(Lane lane, LayerNorm.Forward op) {
    this.lane = lane;
    this.dnnl = lane.dnnl();
    this.op = op;
    this.rows = dnnl.desc(memory.format_tag.tnc, lane.batch(), op.tokens(), op.channels());
    this.statistics = dnnl.desc(memory.format_tag.ab, lane.batch(), op.tokens());
    this.parameter = dnnl.desc(memory.format_tag.x, op.channels());
    prop_kind kind = lane.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
    this.forward =
        dnnl.keep(
            new layer_normalization_forward.primitive_desc(
                dnnl.engine(), kind.value, rows, rows, statistics, op.norm().epsilon(), FLAGS));
  }

  Step forward() {
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(DNNL_ARG_SRC, dnnl.memory(rows, lane.at(op.x())));
    arguments.put(DNNL_ARG_SCALE, BoundTensor.weights(lane, op.gain(), parameter, parameter));
    arguments.put(DNNL_ARG_SHIFT, BoundTensor.weights(lane, op.bias(), parameter, parameter));
    arguments.put(DNNL_ARG_DST, dnnl.memory(rows, lane.at(op.y())));
    if (op.mean() != null) {
      putStatistics(arguments);
    }
    Runnable call = dnnl.call(new layer_normalization_forward(forward), arguments);
    return count -> call.run();
  }

  private void putStatistics(IntMemoryMap arguments) {
    arguments.put(DNNL_ARG_MEAN, dnnl.memory(statistics, lane.at(op.mean())));
    arguments.put(DNNL_ARG_VARIANCE, dnnl.memory(statistics, lane.at(op.rstd())));
  }

  Step backward(LayerNorm.Backward back) {
    var desc =
        dnnl.keep(
            new layer_normalization_backward.primitive_desc(
                dnnl.engine(),
                prop_kind.backward.value,
                rows,
                rows,
                rows,
                statistics,
                op.norm().epsilon(),
                FLAGS,
                forward));
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(DNNL_ARG_SRC, dnnl.memory(rows, lane.at(op.x())));
    arguments.put(DNNL_ARG_DIFF_DST, dnnl.memory(rows, lane.at(back.dy())));
    arguments.put(DNNL_ARG_SCALE, BoundTensor.weights(lane, op.gain(), parameter, parameter));
    putStatistics(arguments);
    arguments.put(DNNL_ARG_DIFF_SRC, dnnl.memory(rows, lane.at(back.dx())));
    arguments.put(
        DNNL_ARG_DIFF_SCALE,
        BoundTensor.gradient(lane, op.gain(), parameter, parameter).computed());
    arguments.put(
        DNNL_ARG_DIFF_SHIFT,
        BoundTensor.gradient(lane, op.bias(), parameter, parameter).computed());
    Runnable call = dnnl.call(new layer_normalization_backward(desc), arguments);
    return count -> call.run();
  }
}
