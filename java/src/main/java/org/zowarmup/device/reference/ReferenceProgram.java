package org.zowarmup.device.reference;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.zowarmup.device.Steps;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Embedding;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.nn.op.Select;

/**
 * The memory that the steps of one plan share. Every step works on views of it, made when it is
 * compiled.
 */
final class ReferenceProgram {
  static final Steps<ReferenceProgram, Step> STEPS =
      new Steps<ReferenceProgram, Step>()
          .on(Add.Forward.class, ReferenceAdd::forward)
          .on(Attention.Forward.class, ReferenceAttention::forward)
          .on(Attention.Backward.class, ReferenceAttention::backward)
          .on(Conv.Forward.class, ReferenceConv::forward)
          .on(Conv.BackwardData.class, ReferenceConv::backwardData)
          .on(Conv.BackwardParameters.class, ReferenceConv::backwardParameters)
          .on(Custom.Forward.class, ReferenceCustom::forward)
          .on(Custom.Backward.class, ReferenceCustom::backward)
          .on(Embedding.Forward.class, ReferenceEmbedding::forward)
          .on(Embedding.BackwardData.class, ReferenceEmbedding::backwardData)
          .on(Embedding.BackwardParameters.class, ReferenceEmbedding::backwardParameters)
          .on(Gelu.Forward.class, ReferenceGelu::forward)
          .on(Gelu.Backward.class, ReferenceGelu::backward)
          .on(GroupNorm.Forward.class, ReferenceGroupNorm::forward)
          .on(GroupNorm.Backward.class, ReferenceGroupNorm::backward)
          .on(LayerNorm.Forward.class, ReferenceLayerNorm::forward)
          .on(LayerNorm.Backward.class, ReferenceLayerNorm::backward)
          .on(Linear.Forward.class, ReferenceLinear::forward)
          .on(Linear.BackwardData.class, ReferenceLinear::backwardData)
          .on(Linear.BackwardParameters.class, ReferenceLinear::backwardParameters)
          .on(Loss.Forward.class, ReferenceLoss::forward)
          .on(Loss.Backward.class, ReferenceLoss::backward)
          .on(Pool.Forward.class, ReferencePool::forward)
          .on(Pool.Backward.class, ReferencePool::backward)
          .on(Relu.Forward.class, ReferenceRelu::forward)
          .on(Relu.Backward.class, ReferenceRelu::backward)
          .on(Select.Forward.class, ReferenceSelect::forward)
          .on(Select.Backward.class, ReferenceSelect::backward);

  /** A NaN that no computation makes. */
  private static final long GUARD_BITS = 0x7ff8_dead_beef_0001L;

  private final int batch;
  private final Map<Plan.Value, Tensor> values = new HashMap<>();
  private final double[] weights;
  private final double[] gradients;
  private final int[] labels;
  private final double[] losses;
  private final boolean[] hits;

  /**
   * @param parameters elements of the weights
   * @param gradients elements of their gradients: as many, or 0 where there is no backward pass
   */
  ReferenceProgram(int batch, int parameters, int gradients) {
    this.batch = batch;
    this.weights = new double[parameters];
    this.gradients = new double[gradients];
    this.labels = new int[batch];
    this.losses = new double[batch];
    this.hits = new boolean[batch];
  }

  /** A program whose values lie in an arena, at the very offsets that the plan gives. */
  static ReferenceProgram of(Plan plan) {
    double[] arena = new double[Math.toIntExact(plan.arenaElements())];
    if (plan.guard() > 0) {
      Arrays.fill(arena, Double.longBitsToDouble(GUARD_BITS));
    }
    int parameters = Math.toIntExact(plan.graph().layout().length());
    boolean training = plan.kind() == Plan.Kind.FORWARD_BACKWARD;
    ReferenceProgram program =
        new ReferenceProgram(plan.batch(), parameters, training ? parameters : 0);
    for (Plan.Value value : plan.values()) {
      int offset = Math.toIntExact(plan.offset(value));
      program.place(value, new Tensor(arena, offset, Math.toIntExact(plan.elements(value))));
    }
    return program;
  }

  /** Gives a value its place. */
  void place(Plan.Value value, Tensor at) {
    values.put(value, at);
  }

  int batch() {
    return batch;
  }

  /** Null for null. */
  Tensor at(Plan.Value value) {
    return values.get(value);
  }

  /** Null for null. */
  Tensor weight(ParameterTensor tensor) {
    return part(weights, tensor);
  }

  /** Null for null. Steps add to it: it is cleared before the backward pass. */
  Tensor gradient(ParameterTensor tensor) {
    return part(gradients, tensor);
  }

  private static Tensor part(double[] data, ParameterTensor tensor) {
    return tensor == null
        ? null
        : new Tensor(data, Math.toIntExact(tensor.offset()), tensor.size());
  }

  double[] weights() {
    return weights;
  }

  double[] gradients() {
    return gradients;
  }

  /** The label of each sample of the pass. */
  int[] labels() {
    return labels;
  }

  double[] losses() {
    return losses;
  }

  boolean[] hits() {
    return hits;
  }

  /** Fails when something wrote between the values of the plan that this program was made for. */
  void verifyGuards(Plan plan) {
    for (Plan.Value value : plan.values()) {
      Tensor t = at(value);
      for (int i = 1; i <= plan.guard(); i++) {
        if (Double.doubleToRawLongBits(t.get(-i)) != GUARD_BITS
            || Double.doubleToRawLongBits(t.get(t.size() + i - 1)) != GUARD_BITS) {
          throw new IllegalStateException("guard of value " + value.name() + " was written");
        }
      }
    }
  }
}
