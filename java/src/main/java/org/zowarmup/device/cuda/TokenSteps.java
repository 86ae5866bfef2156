package org.zowarmup.device.cuda;

import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Embedding;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Op;
import org.zowarmup.nn.op.Select;

/** Steps on tokens that run the program's own kernels. */
final class TokenSteps {
  private static final int NORM_ROWS_PER_CHUNK = 32;
  private static final String TOKENS = "tokens.cu";

  private TokenSteps() {}

  /** Null for operations that have a class of their own. */
  static CudaStep compile(CudaLane lane, Op op) {
    if (op instanceof Embedding.Forward f) {
      return embed(lane, f);
    } else if (op instanceof Embedding.BackwardParameters b) {
      return embedBackward(lane, b);
    } else if (op instanceof Embedding.BackwardData b) {
      return dropClassToken(lane, b);
    } else if (op instanceof LayerNorm.Forward f) {
      return layerNorm(lane, f);
    } else if (op instanceof LayerNorm.Backward b) {
      return layerNormBackward(lane, b);
    } else if (op instanceof Attention.Forward f) {
      return new AttentionSteps(lane, f).forward();
    } else if (op instanceof Attention.Backward b) {
      return new AttentionSteps(lane, b.forward()).backward(b);
    } else if (op instanceof Gelu.Forward f) {
      return gelu(lane, f);
    } else if (op instanceof Gelu.Backward b) {
      return geluBackward(lane, b);
    } else if (op instanceof Select.Forward f) {
      return select(lane, f);
    } else if (op instanceof Select.Backward b) {
      return selectBackward(lane, b);
    }
    return null;
  }

  private static CudaStep embed(CudaLane lane, Embedding.Forward op) {
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

  private static CudaStep embedBackward(CudaLane lane, Embedding.BackwardParameters op) {
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

  private static CudaStep dropClassToken(CudaLane lane, Embedding.BackwardData op) {
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

  private static CudaStep layerNorm(CudaLane lane, LayerNorm.Forward op) {
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

  private static CudaStep layerNormBackward(CudaLane lane, LayerNorm.Backward op) {
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

  private static CudaStep gelu(CudaLane lane, Gelu.Forward op) {
    Kernel kernel = lane.kernel("gelu.cu", "geluForward");
    long n = lane.elements(op.y());
    return () ->
        kernel.launch(lane.stream(), Kernel.elementwise(n), lane.at(op.x()), lane.at(op.y()), n);
  }

  private static CudaStep geluBackward(CudaLane lane, Gelu.Backward op) {
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

  private static CudaStep select(CudaLane lane, Select.Forward op) {
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

  private static CudaStep selectBackward(CudaLane lane, Select.Backward op) {
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
