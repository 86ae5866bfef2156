package org.zowarmup.nn.op;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.Plan;

/**
 * One step of a plan; each file of this package holds a layer and its steps. Activations are
 * [B,H,W,C] fp32 for the plan's batch B, tokens [B, tokens, channels], which is the same with one
 * row of pixels; weights are OHWI; gradients of parameters are written, never added to, at the
 * parameters' own offsets in a gradient buffer of the same layout.
 */
public sealed interface Op permits Op.Differentiable, Op.Gradient {
  /** The node that this step belongs to. */
  String node();

  /** The values that this step works on; the first one written is its result. */
  Io io();

  /** A step of the forward pass. */
  sealed interface Differentiable extends Op
      permits Add.Forward,
          Attention.Forward,
          Conv.Forward,
          Custom.Forward,
          Embedding.Forward,
          Gelu.Forward,
          GroupNorm.Forward,
          LayerNorm.Forward,
          Linear.Forward,
          Loss.Forward,
          Pool.Forward,
          Relu.Forward,
          Select.Forward {
    /**
     * Adds the steps that compute the gradients of what this step read from those of what it wrote.
     */
    void differentiate(Lowering plan);
  }

  /** A step of the backward pass. */
  sealed interface Gradient extends Op
      permits Attention.Backward,
          Conv.BackwardData,
          Conv.BackwardParameters,
          Custom.Backward,
          Embedding.BackwardData,
          Embedding.BackwardParameters,
          Gelu.Backward,
          GroupNorm.Backward,
          LayerNorm.Backward,
          Linear.BackwardData,
          Linear.BackwardParameters,
          Loss.Backward,
          Pool.Backward,
          Relu.Backward,
          Select.Backward {
    /** The step that this one differentiates. */
    Differentiable forward();

    @Override
    default String node() {
      return forward().node();
    }
  }

  /**
   * Values of a step; made of those that are not null.
   *
   * @param reads must hold their content when the step starts
   * @param writes filled by the step
   * @param reusable reads whose buffer the first write may take over when nothing needs them
   *     afterwards
   */
  record Io(List<Plan.Value> reads, List<Plan.Value> writes, List<Plan.Value> reusable) {
    static Io from(Plan.Value... reads) {
      return new Io(notNull(reads), List.of(), List.of());
    }

    Io to(Plan.Value... values) {
      return new Io(reads, notNull(values), reusable);
    }

    Io reusing(Plan.Value... values) {
      return new Io(reads, writes, notNull(values));
    }

    private static List<Plan.Value> notNull(Plan.Value... values) {
      return Arrays.stream(values).filter(Objects::nonNull).toList();
    }
  }
}
