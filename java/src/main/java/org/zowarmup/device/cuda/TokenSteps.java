package org.zowarmup.device.cuda;

import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.op.Embedding;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Select;

/** Steps on tokens that run the program's own kernels. */
final class TokenSteps {
  private static final int NORM_ROWS_PER_CHUNK = 32;
  private static final String TOKENS = "tokens.cu";

  private TokenSteps() {}

  static CudaStep embed(CudaLane lane, Embedding.Forward op) {
    Kernel kernel = lane.kernel(TOKENS, "embedTokens");
    ParameterTensor token = op.classToken();
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.elementwise(lane.elements(op.y())),
            lane.at(op.x()),
            token == null ? null : (Long) lane.weight(token),
            lane.weight(op.position()),
            lane.at(op.y()),
            lane.batch(),
            op.tokens(),
            op.channels());
  }

  static CudaStep embedBackward(CudaLane lane, Embedding.BackwardParameters op) {
    Embedding.Forward f = op.forward();
    Kernel kernel = lane.kernel(TOKENS, "embedTokensBackward");
    ParameterTensor token = f.classToken();
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.blocks((long) f.tokens() * f.channels(), Kernel.BLOCK),
            lane.at(op.dy()),
            token == null ? null : (Long) lane.gradient(token),
            lane.gradient(f.position()),
            lane.batch(),
            f.tokens(),
            f.channels());
  }

  static CudaStep dropClassToken(CudaLane lane, Embedding.BackwardData op) {
    Kernel kernel = lane.kernel(TOKENS, "dropClassToken");
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.elementwise(lane.elements(op.dx())),
            lane.at(op.dy()),
            lane.at(op.dx()),
            lane.batch(),
            op.forward().tokens(),
            op.forward().channels());
  }

  static CudaStep layerNorm(CudaLane lane, LayerNorm.Forward op) {
    Kernel kernel = lane.kernel("layer_norm_forward.cu", "layerNormForward");
    long rows = (long) lane.batch() * op.tokens();
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.rows(rows),
            lane.at(op.x()),
            lane.weight(op.gain()),
            lane.weight(op.bias()),
            lane.at(op.y()),
            lane.atOrNull(op.mean()),
            lane.atOrNull(op.rstd()),
            rows,
            op.channels(),
            op.norm().epsilon());
  }

  static CudaStep layerNormBackward(CudaLane lane, LayerNorm.Backward op) {
    LayerNorm.Forward f = op.forward();
    Kernel kernel = lane.kernel("layer_norm_backward.cu", "layerNormBackward");
    Kernel sum = LayerSteps.sumRows(lane);
    long rows = (long) lane.batch() * f.tokens();
    int chunks = Math.toIntExact((rows + NORM_ROWS_PER_CHUNK - 1) / NORM_ROWS_PER_CHUNK);
    int channels = f.channels();
    long partials =
        lane.shared("partial sums of layer norms", 2L * Float.BYTES * chunks * channels);
    return () -> {
      kernel.launch(
          lane.stream(),
          chunks,
          lane.at(f.x()),
          lane.at(f.mean()),
          lane.at(f.rstd()),
          lane.weight(f.gain()),
          lane.at(op.dy()),
          lane.at(op.dx()),
          partials,
          rows,
          channels,
          NORM_ROWS_PER_CHUNK);
      long second = partials + (long) Float.BYTES * channels;
      LayerSteps.sumRows(
          lane, sum, partials, lane.gradient(f.gain()), chunks, channels, 2L * channels);
      LayerSteps.sumRows(
          lane, sum, second, lane.gradient(f.bias()), chunks, channels, 2L * channels);
    };
  }

  static CudaStep gelu(CudaLane lane, Gelu.Forward op) {
    Kernel kernel = lane.kernel("gelu.cu", "geluForward");
    long n = lane.elements(op.y());
    return () ->
        kernel.launch(lane.stream(), Kernel.elementwise(n), lane.at(op.x()), lane.at(op.y()), n);
  }

  static CudaStep geluBackward(CudaLane lane, Gelu.Backward op) {
    Kernel kernel = lane.kernel("gelu.cu", "geluBackward");
    long n = lane.elements(op.dx());
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.elementwise(n),
            lane.at(op.forward().x()),
            lane.at(op.dy()),
            lane.at(op.dx()),
            n);
  }

  static CudaStep select(CudaLane lane, Select.Forward op) {
    Kernel kernel = lane.kernel(TOKENS, "selectToken");
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.elementwise(lane.elements(op.y())),
            lane.at(op.x()),
            lane.at(op.y()),
            lane.batch(),
            op.tokens(),
            op.channels(),
            op.index());
  }

  static CudaStep selectBackward(CudaLane lane, Select.Backward op) {
    Select.Forward f = op.forward();
    Kernel kernel = lane.kernel(TOKENS, "selectTokenBackward");
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.elementwise(lane.elements(op.dx())),
            lane.at(op.dy()),
            lane.at(op.dx()),
            lane.batch(),
            f.tokens(),
            f.channels(),
            f.index());
  }
}
