package org.zowarmup.nn;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Steps on tokens: activations are [B, tokens, channels] fp32, which is NHWC with one row of
 * pixels. The linear layers of a transformer are {@link Op.LinearForward} with many tokens, its
 * patch embedding is {@link Op.ConvForward}, a mean over tokens {@link Op.PoolForward}.
 */
public sealed interface TokenOp extends Op {
  private static List<Value> some(Value... values) {
    return Arrays.stream(values).filter(Objects::nonNull).toList();
  }

  /**
   * y [B, tokens, channels] = x + position, with the class token before the first token where there
   * is one: y[n, 0] = classToken + position[0] and y[n, t + 1] = x[n, t] + position[t + 1].
   *
   * @param tokens tokens of y: one more than x has where there is a class token
   * @param classToken [channels] or null
   * @param position [tokens, channels]
   */
  record EmbeddingForward(
      String node,
      int tokens,
      int channels,
      Value x,
      Value y,
      ParameterTensor classToken,
      ParameterTensor position)
      implements TokenOp {
    @Override
    public List<Value> reads() {
      return List.of(x);
    }

    @Override
    public List<Value> writes() {
      return List.of(y);
    }

    @Override
    public List<Value> reusable() {
      return classToken == null ? List.of(x) : List.of();
    }
  }

  /** Gradients of {@link EmbeddingForward}'s parameters: sums of dy over the samples. */
  record EmbeddingBackwardParameters(EmbeddingForward forward, Value dy) implements TokenOp {
    @Override
    public String node() {
      return forward.node;
    }

    @Override
    public List<Value> reads() {
      return List.of(dy);
    }

    @Override
    public List<Value> writes() {
      return List.of();
    }
  }

  /**
   * Gradient of {@link EmbeddingForward}'s input where there is a class token: dy without that
   * token's row. Without a class token it is dy itself, and no step is needed.
   */
  record EmbeddingBackwardData(EmbeddingForward forward, Value dy, Value dx) implements TokenOp {
    @Override
    public String node() {
      return forward.node;
    }

    @Override
    public List<Value> reads() {
      return List.of(dy);
    }

    @Override
    public List<Value> writes() {
      return List.of(dx);
    }
  }

  /**
   * y = (x - mean) * rstd * gain + bias over the channels of each token; rstd = 1 / sqrt(biased
   * variance + epsilon). Where mean and rstd are not null they receive a sample's [tokens]
   * statistics.
   */
  record LayerNormForward(
      String node,
      LayerNorm norm,
      int tokens,
      int channels,
      Value x,
      Value y,
      Value mean,
      Value rstd,
      ParameterTensor gain,
      ParameterTensor bias)
      implements TokenOp {
    @Override
    public List<Value> reads() {
      return List.of(x);
    }

    @Override
    public List<Value> writes() {
      return some(y, mean, rstd);
    }

    @Override
    public List<Value> reusable() {
      return List.of(x);
    }
  }

  /**
   * Gradients of {@link LayerNormForward}: with xhat = (x - mean) * rstd and h = dy * gain, dx =
   * rstd * (h - mean(h) - xhat * mean(h * xhat)), means over the channels.
   */
  record LayerNormBackward(LayerNormForward forward, Value dy, Value dx) implements TokenOp {
    @Override
    public String node() {
      return forward.node;
    }

    @Override
    public List<Value> reads() {
      return List.of(forward.x, forward.mean, forward.rstd, dy);
    }

    @Override
    public List<Value> writes() {
      return List.of(dx);
    }

    @Override
    public List<Value> reusable() {
      return List.of(dy);
    }
  }

  /**
   * Multi-head self-attention without its linear layers. x [B, tokens, 3, heads, width] holds
   * queries, keys and values, channels = heads * width; for every sample and head
   *
   * <pre>
   * p [tokens, tokens] = softmax(q k^T / sqrt(width)), rows over the keys
   * y [tokens, width]  = p v
   * </pre>
   *
   * @param y [B, tokens, heads, width]
   * @param probabilities p, [B, heads, tokens, tokens]: kept for the way back, in a forward plan
   *     mere scratch that a device need not write
   */
  record AttentionForward(
      String node, int tokens, int channels, int heads, Value x, Value y, Value probabilities)
      implements TokenOp {
    /** Channels of a head. */
    public int width() {
      return channels / heads;
    }

    /** What q k^T is multiplied with. */
    public float scale() {
      return (float) (1 / Math.sqrt(width()));
    }

    @Override
    public List<Value> reads() {
      return List.of(x);
    }

    @Override
    public List<Value> writes() {
      return List.of(y, probabilities);
    }
  }

  /**
   * Gradient of {@link AttentionForward}'s input, for every sample and head
   *
   * <pre>
   * dp = dy v^T                                  dv = p^T dy
   * ds = p * (dp - sum over keys of p * dp)      dq = ds k * scale      dk = ds^T q * scale
   * </pre>
   *
   * @param dx as x: dq, dk, dv
   * @param dscores [B, heads, tokens, tokens]: scratch for dp and ds
   */
  record AttentionBackward(AttentionForward forward, Value dy, Value dx, Value dscores)
      implements TokenOp {
    @Override
    public String node() {
      return forward.node;
    }

    @Override
    public List<Value> reads() {
      return List.of(forward.x, forward.probabilities, dy);
    }

    @Override
    public List<Value> writes() {
      return List.of(dx, dscores);
    }
  }

  /** y = gelu(x), see {@link Gelu}. */
  record GeluForward(String node, Value x, Value y) implements TokenOp {
    @Override
    public List<Value> reads() {
      return List.of(x);
    }

    @Override
    public List<Value> writes() {
      return List.of(y);
    }

    @Override
    public List<Value> reusable() {
      return List.of(x);
    }
  }

  /** dx = dy * gelu'(x). */
  record GeluBackward(GeluForward forward, Value dy, Value dx) implements TokenOp {
    @Override
    public String node() {
      return forward.node;
    }

    @Override
    public List<Value> reads() {
      return List.of(forward.x, dy);
    }

    @Override
    public List<Value> writes() {
      return List.of(dx);
    }

    @Override
    public List<Value> reusable() {
      return List.of(dy);
    }
  }

  /** y [B, channels] = x[:, index] of x [B, tokens, channels]. */
  record SelectForward(String node, int tokens, int channels, int index, Value x, Value y)
      implements TokenOp {
    @Override
    public List<Value> reads() {
      return List.of(x);
    }

    @Override
    public List<Value> writes() {
      return List.of(y);
    }
  }

  /** dx[:, index] = dy, the rest 0. */
  record SelectBackward(SelectForward forward, Value dy, Value dx) implements TokenOp {
    @Override
    public String node() {
      return forward.node;
    }

    @Override
    public List<Value> reads() {
      return List.of(dy);
    }

    @Override
    public List<Value> writes() {
      return List.of(dx);
    }
  }
}
