package org.zowarmup.nn;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * One step of a plan. Activations are [B,H,W,C] fp32 for the plan's batch B; weights are OHWI;
 * gradients of parameters are written, never added to, at the parameters' own offsets in a gradient
 * buffer of the same layout.
 */
public sealed interface Op
    permits Op.ConvForward,
        Op.ConvBackwardData,
        Op.ConvBackwardParameters,
        Op.GroupNormForward,
        Op.GroupNormBackward,
        Op.ReluForward,
        Op.ReluBackward,
        Op.AddForward,
        Op.PoolForward,
        Op.PoolBackward,
        Op.LinearForward,
        Op.LinearBackwardData,
        Op.LinearBackwardParameters,
        TokenOp,
        Op.CustomForward,
        Op.CustomBackward,
        Op.LossForward,
        Op.LossBackward {
  /** The node that this step belongs to. */
  String node();

  /** Values that must hold their content when the step starts. */
  List<Value> reads();

  /** Values that the step fills. */
  List<Value> writes();

  /** Reads whose buffer the first write may take over when nothing needs them afterwards. */
  default List<Value> reusable() {
    return List.of();
  }

  private static List<Value> some(Value... values) {
    return Arrays.stream(values).filter(Objects::nonNull).toList();
  }

  /** y = conv(x, weight) + bias; bias may be null. */
  record ConvForward(
      String node,
      Conv2d conv,
      Shape in,
      Shape out,
      Value x,
      Value y,
      ParameterTensor weight,
      ParameterTensor bias)
      implements Op {
    @Override
    public List<Value> reads() {
      return List.of(x);
    }

    @Override
    public List<Value> writes() {
      return List.of(y);
    }
  }

  /** Gradient of a convolution's input. */
  record ConvBackwardData(ConvForward forward, Value dy, Value dx) implements Op {
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

  /** Gradient of a convolution's weight and bias. */
  record ConvBackwardParameters(ConvForward forward, Value dy) implements Op {
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
      return List.of();
    }
  }

  /**
   * y = norm(x) * gain + bias, then + residual where it is not null, then relu where asked. Where
   * mean and rstd are not null they receive each sample's [groups] statistics.
   */
  record GroupNormForward(
      String node,
      GroupNorm norm,
      Shape shape,
      Value x,
      Value residual,
      boolean relu,
      Value y,
      Value mean,
      Value rstd,
      ParameterTensor gain,
      ParameterTensor bias)
      implements Op {
    @Override
    public List<Value> reads() {
      return some(x, residual);
    }

    @Override
    public List<Value> writes() {
      return some(y, mean, rstd);
    }

    @Override
    public List<Value> reusable() {
      return some(x, residual);
    }
  }

  /** Gradients of {@link GroupNormForward}; dresidual is null where the forward had no residual. */
  record GroupNormBackward(GroupNormForward forward, Value dy, Value dx, Value dresidual)
      implements Op {
    @Override
    public String node() {
      return forward.node;
    }

    @Override
    public List<Value> reads() {
      Value mask = forward.relu ? forward.y : null;
      return some(forward.x, mask, forward.mean, forward.rstd, dy);
    }

    @Override
    public List<Value> writes() {
      return some(dx, dresidual);
    }
  }

  /** y = max(x, 0). */
  record ReluForward(String node, Value x, Value y) implements Op {
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

  /** dx = dy where y > 0, else 0. */
  record ReluBackward(String node, Value y, Value dy, Value dx) implements Op {
    @Override
    public List<Value> reads() {
      return List.of(y, dy);
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

  /** y = a + b, then relu where asked. Also sums the gradients of a value with two consumers. */
  record AddForward(String node, Value a, Value b, boolean relu, Value y) implements Op {
    @Override
    public List<Value> reads() {
      return List.of(a, b);
    }

    @Override
    public List<Value> writes() {
      return List.of(y);
    }

    @Override
    public List<Value> reusable() {
      return List.of(a, b);
    }
  }

  /** y = pool(x). */
  record PoolForward(String node, Pool2d pool, Shape in, Shape out, Value x, Value y)
      implements Op {
    @Override
    public List<Value> reads() {
      return List.of(x);
    }

    @Override
    public List<Value> writes() {
      return List.of(y);
    }
  }

  /** Gradient of a pooling's input; a maximum is found again from x. */
  record PoolBackward(PoolForward forward, Value dy, Value dx) implements Op {
    @Override
    public String node() {
      return forward.node;
    }

    @Override
    public List<Value> reads() {
      return forward.pool.kind() == Pool2d.Kind.MAX ? List.of(forward.x, dy) : List.of(dy);
    }

    @Override
    public List<Value> writes() {
      return List.of(dx);
    }
  }

  /**
   * y [B * tokens, out] = x [B * tokens, in] W^T + b, W [out, in].
   *
   * @param tokens rows of a sample: 1 for a flat input
   */
  record LinearForward(
      String node,
      int tokens,
      int in,
      int out,
      Value x,
      Value y,
      ParameterTensor weight,
      ParameterTensor bias)
      implements Op {
    @Override
    public List<Value> reads() {
      return List.of(x);
    }

    @Override
    public List<Value> writes() {
      return List.of(y);
    }
  }

  /** Gradient of a linear layer's input. */
  record LinearBackwardData(LinearForward forward, Value dy, Value dx) implements Op {
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

  /** Gradient of a linear layer's weight and bias. */
  record LinearBackwardParameters(LinearForward forward, Value dy) implements Op {
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
      return List.of();
    }
  }

  /** A user's layer. */
  record CustomForward(
      String node,
      CustomLayer layer,
      Shape in,
      Shape out,
      Value x,
      Value y,
      List<ParameterTensor> parameters)
      implements Op {
    @Override
    public List<Value> reads() {
      return List.of(x);
    }

    @Override
    public List<Value> writes() {
      return List.of(y);
    }
  }

  /** Gradients of a user's layer. */
  record CustomBackward(CustomForward forward, Value dy, Value dx) implements Op {
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
  }

  /**
   * Per-sample losses and hits of the softmax cross-entropy, into the executable's own result
   * arrays.
   */
  record LossForward(String node, int classes, Value logits) implements Op {
    @Override
    public List<Value> reads() {
      return List.of(logits);
    }

    @Override
    public List<Value> writes() {
      return List.of();
    }
  }

  /** dlogits = (softmax - one-hot) / count for the samples that count, 0 for the masked tail. */
  record LossBackward(String node, int classes, Value logits, Value dlogits) implements Op {
    @Override
    public List<Value> reads() {
      return List.of(logits);
    }

    @Override
    public List<Value> writes() {
      return List.of(dlogits);
    }
  }
}
