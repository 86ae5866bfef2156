package org.zowarmup.device.nd4j;

import java.nio.FloatBuffer;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.zowarmup.device.Owned;
import org.zowarmup.device.Steps;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
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
 * The memory that the steps of one plan share: arena, weights and gradients, at the plan's own
 * offsets. Every step works on INDArrays over it, made when it is compiled.
 */
final class Nd4jProgram implements AutoCloseable {
  static final Steps<Nd4jProgram, Step> STEPS =
      new Steps<Nd4jProgram, Step>()
          .on(Add.Forward.class, Nd4jAdd::forward)
          .on(Attention.Forward.class, Nd4jAttention::forward)
          .on(Attention.Backward.class, Nd4jAttention::backward)
          .on(Conv.Forward.class, Nd4jConv::forward)
          .on(Conv.BackwardData.class, Nd4jConv::backwardData)
          .on(Conv.BackwardParameters.class, Nd4jConv::backwardParameters)
          .on(Custom.Forward.class, Nd4jCustom::forward)
          .on(Custom.Backward.class, Nd4jCustom::backward)
          .on(Embedding.Forward.class, Nd4jEmbedding::forward)
          .on(Embedding.BackwardData.class, Nd4jEmbedding::backwardData)
          .on(Embedding.BackwardParameters.class, Nd4jEmbedding::backwardParameters)
          .on(Gelu.Forward.class, Nd4jGelu::forward)
          .on(Gelu.Backward.class, Nd4jGelu::backward)
          .on(GroupNorm.Forward.class, Nd4jGroupNorm::forward)
          .on(GroupNorm.Backward.class, Nd4jGroupNorm::backward)
          .on(LayerNorm.Forward.class, Nd4jLayerNorm::forward)
          .on(LayerNorm.Backward.class, Nd4jLayerNorm::backward)
          .on(Linear.Forward.class, Nd4jLinear::forward)
          .on(Linear.BackwardData.class, Nd4jLinear::backwardData)
          .on(Linear.BackwardParameters.class, Nd4jLinear::backwardParameters)
          .on(Loss.Forward.class, Nd4jLoss::forward)
          .on(Loss.Backward.class, Nd4jLoss::backward)
          .on(Pool.Forward.class, Nd4jPool::forward)
          .on(Pool.Backward.class, Nd4jPool::backward)
          .on(Relu.Forward.class, Nd4jRelu::forward)
          .on(Relu.Backward.class, Nd4jRelu::backward)
          .on(Select.Forward.class, Nd4jSelect::forward)
          .on(Select.Backward.class, Nd4jSelect::backward);

  /** A NaN that no computation makes. */
  private static final float GUARD = Float.intBitsToFloat(0x7fa0_beef);

  private final Plan plan;
  private final boolean onHost;
  private final Nd4jFloats arena;
  private final Nd4jFloats weights;
  private final Nd4jFloats gradients;
  private final int[] labels;
  private final double[] losses;
  private final boolean[] hits;
  private final Owned owned = new Owned();

  /**
   * @param onHost whether ND4J computes on the CPU
   */
  Nd4jProgram(Plan plan, boolean onHost) {
    this.plan = plan;
    this.onHost = onHost;
    this.labels = new int[plan.batch()];
    this.losses = new double[plan.batch()];
    this.hits = new boolean[plan.batch()];
    try {
      long parameters = Math.max(1, plan.graph().layout().length());
      boolean training = plan.kind() == Plan.Kind.FORWARD_BACKWARD;
      this.arena = owned.add(new Nd4jFloats(onHost, Math.max(1, plan.arenaElements())));
      this.weights = owned.add(new Nd4jFloats(onHost, parameters));
      this.gradients = owned.add(new Nd4jFloats(onHost, training ? parameters : 1));
      forEachGuard((value, offset) -> arena.write(offset, new float[] {GUARD}, 1));
    } catch (RuntimeException | Error e) {
      owned.closeAfter(e);
      throw e;
    }
  }

  int batch() {
    return plan.batch();
  }

  boolean onHost() {
    return onHost;
  }

  Nd4jFloats weights() {
    return weights;
  }

  Nd4jFloats gradients() {
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

  /** A value in the shape that is asked for; null for null. */
  INDArray at(Plan.Value value, long... shape) {
    return value == null ? null : arena.view(plan.offset(value), shape);
  }

  /** A value in one dimension. */
  INDArray flat(Plan.Value value) {
    return at(value, plan.elements(value));
  }

  /** A value as [B, H, W, C]. */
  INDArray image(Plan.Value value, Shape shape) {
    return at(value, image(shape));
  }

  long[] image(Shape shape) {
    return new long[] {batch(), shape.height(), shape.width(), shape.channels()};
  }

  /** A parameter in its own shape, or the one that is asked for; null for null. */
  INDArray weight(ParameterTensor tensor, long... shape) {
    return part(weights, tensor, shape);
  }

  /** The place of a parameter's gradient, likewise. */
  INDArray gradient(ParameterTensor tensor, long... shape) {
    return part(gradients, tensor, shape);
  }

  private static INDArray part(Nd4jFloats all, ParameterTensor tensor, long... shape) {
    if (tensor == null) {
      return null;
    }
    long[] own = tensor.spec().shape().stream().mapToLong(Integer::longValue).toArray();
    return all.view(tensor.offset(), shape.length == 0 ? own : shape);
  }

  FloatBuffer buffer(Plan.Value value) {
    return arena.buffer(plan.offset(value), plan.elements(value));
  }

  List<FloatBuffer> weightBuffers(List<ParameterTensor> tensors) {
    return tensors.stream().map(t -> weights.buffer(t.offset(), t.size())).toList();
  }

  List<FloatBuffer> gradientBuffers(List<ParameterTensor> tensors) {
    return tensors.stream().map(t -> gradients.buffer(t.offset(), t.size())).toList();
  }

  void write(Plan.Value value, int sample, float[] values) {
    arena.write(plan.offset(value) + (long) sample * values.length, values, values.length);
  }

  /** The first elements of a value. */
  float[] read(Plan.Value value, int count) {
    return arena.read(plan.offset(value), count);
  }

  /** Runs one of ND4J's operations by its name. */
  static void run(String operation, int[] integers, List<INDArray> in, INDArray... out) {
    Nd4j.exec(
        DynamicCustomOp.builder(operation)
            .addInputs(in.toArray(INDArray[]::new))
            .addOutputs(out)
            .addIntegerArguments(integers)
            .build());
  }

  /** x + row in the place of x. */
  static INDArray addRow(INDArray x, INDArray row) {
    return row.length() > 1 ? x.addiRowVector(row) : single("add", x, row);
  }

  /** x * row in the place of x. */
  static INDArray mulRow(INDArray x, INDArray row) {
    return row.length() > 1 ? x.muliRowVector(row) : single("multiply", x, row);
  }

  /** x - column in the place of x. */
  static INDArray subColumn(INDArray x, INDArray column) {
    return column.length() > 1 ? x.subiColumnVector(column) : single("subtract", x, column);
  }

  /** x * column in the place of x. */
  static INDArray mulColumn(INDArray x, INDArray column) {
    return column.length() > 1 ? x.muliColumnVector(column) : single("multiply", x, column);
  }

  /** ND4J takes an array of one element for a number, and replaces a number that is NaN by 1e-5. */
  private static INDArray single(String operation, INDArray x, INDArray one) {
    run(operation, new int[0], List.of(x, one), x);
    return x;
  }

  private interface Guard {
    void at(Plan.Value value, long offset);
  }

  private void forEachGuard(Guard visitor) {
    for (Plan.Value value : plan.values()) {
      for (int i = 1; i <= plan.guard(); i++) {
        visitor.at(value, plan.offset(value) - i);
        visitor.at(value, plan.offset(value) + plan.elements(value) + i - 1);
      }
    }
  }

  /** Fails when something wrote between the values of the plan. */
  void verifyGuards() {
    forEachGuard(
        (value, offset) -> {
          float found = arena.read(offset, 1)[0];
          if (Float.floatToRawIntBits(found) != Float.floatToRawIntBits(GUARD)) {
            throw new IllegalStateException("guard of value " + value.name() + " was written");
          }
        });
  }

  @Override
  public void close() {
    owned.close();
  }
}
