package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.nn.op.LayerNorm;

/** Layer norm by kernels/src/layer_norm_forward.cu and layer_norm_backward.cu. */
final class CudaLayerNorm {
  private static final int ROWS_PER_CHUNK = 32;

  private CudaLayerNorm() {}

  private static long rows(CudaProgram program, LayerNorm.Forward op) {
    return (long) program.batch() * op.tokens();
  }

  static CudaStep forward(CudaProgram program, LayerNorm.Forward op) {
    if (CudaTail.has(program, op)) {
      return CudaStep.NOTHING;
    }
    return program.step(
        "layer_norm_forward.cu",
        "layerNormForward",
        program.at(op.x()),
        program.weight(op.gain()),
        program.weight(op.bias()),
        program.at(op.y()),
        program.atOrNull(op.mean()),
        program.atOrNull(op.rstd()),
        rows(program, op),
        op.channels(),
        op.norm().epsilon());
  }

  static CudaStep backward(CudaProgram program, LayerNorm.Backward op) {
    LayerNorm.Forward f = op.forward();
    long rows = rows(program, f);
    int chunks = Math.toIntExact((rows + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK);
    int channels = f.channels();
    DeviceMemory partials =
        program.shared("partial sums of layer norms", 2L * Float.BYTES * chunks * channels);
    CudaStep rowByRow =
        program.step(
            "layer_norm_backward.cu",
            "layerNormBackward",
            program.at(f.x()),
            program.at(f.mean()),
            program.at(f.rstd()),
            program.weight(f.gain()),
            program.at(op.dy()),
            program.at(op.dx()),
            partials,
            rows,
            channels,
            ROWS_PER_CHUNK);
    return rowByRow.then(
        CudaBias.sumPairs(program, partials, f.gain(), f.bias(), chunks, channels));
  }
}
