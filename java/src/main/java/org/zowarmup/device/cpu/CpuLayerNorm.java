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
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.LayerNorm;

/**
 * Layer norm by oneDNN. The library keeps the variance where the plan has a place for rstd: only
 * its own backward pass reads it.
 */
final class CpuLayerNorm {
  private static final int FLAGS =
      normalization_flags.use_scale.value | normalization_flags.use_shift.value;

  private final CpuProgram program;
  private final Dnnl dnnl;
  private final LayerNorm.Forward op;
  private final memory.desc rows;
  private final memory.desc statistics;
  private final memory.desc parameter;
  private final layer_normalization_forward.primitive_desc forward;

  private CpuLayerNorm(CpuProgram program, LayerNorm.Forward op) {
    this.program = program;
    this.dnnl = program.dnnl();
    this.op = op;
    this.rows = dnnl.desc(memory.format_tag.tnc, program.batch(), op.tokens(), op.channels());
    this.statistics = dnnl.desc(memory.format_tag.ab, program.batch(), op.tokens());
    this.parameter = dnnl.desc(memory.format_tag.x, op.channels());
    prop_kind kind =
        program.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
    this.forward =
        dnnl.keep(
            new layer_normalization_forward.primitive_desc(
                dnnl.engine(), kind.value, rows, rows, statistics, op.norm().epsilon(), FLAGS));
  }

  static Step forward(CpuProgram program, LayerNorm.Forward op) {
    return new CpuLayerNorm(program, op).forward();
  }

  static Step backward(CpuProgram program, LayerNorm.Backward op) {
    return new CpuLayerNorm(program, op.forward()).backward(op);
  }

  private Step forward() {
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, dnnl.memory(rows, program.at(op.x())))
            .put(DNNL_ARG_SCALE, program.weight(op.gain(), parameter, parameter))
            .put(DNNL_ARG_SHIFT, program.weight(op.bias(), parameter, parameter))
            .put(DNNL_ARG_DST, dnnl.memory(rows, program.at(op.y())));
    if (op.mean() != null) {
      putStatistics(arguments);
    }
    return dnnl.call(new layer_normalization_forward(forward), arguments);
  }

  private void putStatistics(IntMemoryMap arguments) {
    arguments.put(DNNL_ARG_MEAN, dnnl.memory(statistics, program.at(op.mean())));
    arguments.put(DNNL_ARG_VARIANCE, dnnl.memory(statistics, program.at(op.rstd())));
  }

  private Step backward(LayerNorm.Backward back) {
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
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, dnnl.memory(rows, program.at(op.x())))
            .put(DNNL_ARG_DIFF_DST, dnnl.memory(rows, program.at(back.dy())))
            .put(DNNL_ARG_SCALE, program.weight(op.gain(), parameter, parameter));
    putStatistics(arguments);
    arguments.put(DNNL_ARG_DIFF_SRC, dnnl.memory(rows, program.at(back.dx())));
    arguments.put(
        DNNL_ARG_DIFF_SCALE, program.gradient(op.gain(), parameter, parameter).computed());
    arguments.put(
        DNNL_ARG_DIFF_SHIFT, program.gradient(op.bias(), parameter, parameter).computed());
    return dnnl.call(new layer_normalization_backward(desc), arguments);
  }
}
