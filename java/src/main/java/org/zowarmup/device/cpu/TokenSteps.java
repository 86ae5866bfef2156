package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Embedding;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Op;
import org.zowarmup.nn.op.Select;

/** Steps on tokens: norm and attention by oneDNN, the rest by native kernels. */
final class TokenSteps {
  private TokenSteps() {}

  static Step compile(Lane lane, Op op) {
    if (op instanceof Embedding.Forward f) {
      return embedding(lane, f);
    } else if (op instanceof Embedding.BackwardParameters b) {
      return embeddingParameters(lane, b);
    } else if (op instanceof Embedding.BackwardData b) {
      int rest = b.forward().tokens() - 1;
      int channels = b.forward().channels();
      return copy(lane, lane.at(b.dy()), rest + 1, 1, lane.at(b.dx()), rest, 0, rest, channels);
    } else if (op instanceof Select.Forward f) {
      FloatPointer y = lane.at(f.y());
      return copy(lane, lane.at(f.x()), f.tokens(), f.index(), y, 1, 0, 1, f.channels());
    } else if (op instanceof Select.Backward b) {
      Select.Forward f = b.forward();
      FloatPointer dx = lane.at(b.dx());
      return copy(lane, lane.at(b.dy()), 1, 0, dx, f.tokens(), f.index(), 1, f.channels());
    } else if (op instanceof LayerNorm.Forward f) {
      return new LayerNormSteps(lane, f).forward();
    } else if (op instanceof LayerNorm.Backward b) {
      return new LayerNormSteps(lane, b.forward()).backward(b);
    } else if (op instanceof Attention.Forward f) {
      if (f.tokens() == 1) {
        // attends to itself alone: y is v. oneDNN's strided product is wrong for a single row
        return copy(lane, lane.at(f.x()), 3, 2, lane.at(f.y()), 1, 0, 1, f.channels());
      }
      return new AttentionSteps(lane, f).forward();
    } else if (op instanceof Attention.Backward b) {
      if (b.forward().tokens() == 1) {
        int channels = b.forward().channels();
        return copy(lane, lane.at(b.dy()), 1, 0, lane.at(b.dx()), 3, 2, 1, channels);
      }
      return new AttentionSteps(lane, b.forward()).backward(b);
    } else if (op instanceof Gelu.Forward f) {
      return gelu(lane, f);
    } else if (op instanceof Gelu.Backward b) {
      return geluBackward(lane, b);
    }
    throw new IllegalStateException("no step for " + op);
  }

  private static Step embedding(Lane lane, Embedding.Forward op) {
    FloatPointer x = lane.at(op.x());
    FloatPointer y = lane.at(op.y());
    ParameterTensor token = op.classToken();
    return count ->
        NativeCpu.embedTokens(
            x,
            token == null ? null : lane.weight(token),
            lane.weight(op.position()),
            y,
            lane.batch(),
            op.tokens(),
            op.channels(),
            lane.threads());
  }

  private static Step embeddingParameters(Lane lane, Embedding.BackwardParameters op) {
    FloatPointer dy = lane.at(op.dy());
    ParameterTensor token = op.forward().classToken();
    return count ->
        NativeCpu.embedTokensBackward(
            dy,
            token == null ? null : lane.gradient(token),
            lane.gradient(op.forward().position()),
            lane.batch(),
            op.forward().tokens(),
            op.forward().channels(),
            lane.threads());
  }

  private static Step copy(
      Lane lane,
      FloatPointer from,
      int fromTokens,
      int fromToken,
      FloatPointer to,
      int toTokens,
      int toToken,
      int tokens,
      long channels) {
    return count ->
        NativeCpu.copyTokens(
            from,
            fromTokens,
            fromToken,
            to,
            toTokens,
            toToken,
            tokens,
            tokens < toTokens,
            lane.batch(),
            channels,
            lane.threads());
  }

  private static Step gelu(Lane lane, Gelu.Forward op) {
    FloatPointer x = lane.at(op.x());
    FloatPointer y = lane.at(op.y());
    long elements = lane.elements(op.x());
    return count -> NativeCpu.gelu(x, y, elements, lane.threads());
  }

  private static Step geluBackward(Lane lane, Gelu.Backward op) {
    FloatPointer x = lane.at(op.forward().x());
    FloatPointer dy = lane.at(op.dy());
    FloatPointer dx = lane.at(op.dx());
    long elements = lane.elements(op.dx());
    return count -> NativeCpu.geluBackward(x, dy, dx, elements, lane.threads());
  }
}
