package org.zowarmup.nn.op;

import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;

/**
 * Multi-head self-attention (Vaswani et al. 2017, arXiv 1706.03762) between its two linear layers:
 * the input's 3 D channels are queries, keys and values, each [heads, D / heads], as timm's {@code
 * qkv} gives them; the output has D channels.
 *
 * @param heads divides D
 */
public record Attention(int heads) implements Layer {
  public Attention {
    if (heads < 1) {
      throw new IllegalArgumentException("attention: heads " + heads + " must be at least 1");
    }
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    Shape in = inputs.get(0);
    if (in.channels() % (3 * heads) != 0) {
      throw new ShapeException(
          node,
          "queries, keys and values of " + heads + " heads, a multiple of " + 3 * heads,
          in.channels() + " channels");
    }
    return new Shape(in.height(), in.width(), in.channels() / 3);
  }

  /** Two matrix products, and five operations for each element of the softmax. */
  @Override
  public long flops(List<Shape> inputs, Shape output) {
    long pairs = (long) output.pixels() * output.pixels();
    return 4 * pairs * output.channels() + 5 * pairs * heads;
  }

  @Override
  public void lower(Lowering.Place at) {
    int tokens = at.shape().pixels();
    Plan.Value y = at.output();
    Plan.Value probabilities = at.value("probabilities", (long) heads * tokens * tokens);
    at.add(
        new Forward(at.name(), tokens, at.shape().channels(), heads, at.input(), y, probabilities));
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
   * @param probabilities p, [B, heads, tokens, tokens]: kept for the backward pass, in a forward
   *     plan mere scratch that a device need not write
   */
  public record Forward(
      String node,
      int tokens,
      int channels,
      int heads,
      Plan.Value x,
      Plan.Value y,
      Plan.Value probabilities)
      implements Op.Differentiable {
    /** Channels of a head. */
    public int width() {
      return channels / heads;
    }

    /** The factor of q k^T. */
    public float scale() {
      return (float) (1 / Math.sqrt(width()));
    }

    @Override
    public Io io() {
      return Io.from(x).to(y, probabilities);
    }

    @Override
    public void differentiate(Lowering plan) {
      Plan.Value dy = plan.gradient(y);
      Plan.Value dscores = plan.value("d" + node + ".scores", probabilities.perSample());
      plan.add(new Backward(this, dy, plan.newGradient(x), dscores));
    }
  }

  /**
   * Gradient of the input, for every sample and head
   *
   * <pre>
   * dp = dy v^T                                  dv = p^T dy
   * ds = p * (dp - sum over keys of p * dp)      dq = ds k * scale      dk = ds^T q * scale
   * </pre>
   *
   * @param dx as x: dq, dk, dv
   * @param dscores [B, heads, tokens, tokens]: scratch for dp and ds
   */
  public record Backward(Forward forward, Plan.Value dy, Plan.Value dx, Plan.Value dscores)
      implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(forward.x, forward.probabilities, dy).to(dx, dscores);
    }
  }
}
