package org.zowarmup.device.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Op;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.TokenOp;

/** Turns the steps of a plan into calls of cuDNN, cuBLAS and the program's kernels. */
final class StepCompiler {
  private static final Map<Class<? extends Op>, Compiler<Op>> COMPILERS = new HashMap<>();

  static {
    on(Op.ConvForward.class, CudaConv::forward);
    on(Op.ConvBackwardData.class, CudaConv::backwardData);
    on(Op.ConvBackwardParameters.class, CudaConv::backwardParameters);
    on(Op.LinearForward.class, CudaLinear::forward);
    on(Op.LinearBackwardData.class, CudaLinear::backwardData);
    on(Op.LinearBackwardParameters.class, CudaLinear::backwardParameters);
    on(Op.GroupNormForward.class, CudaGroupNorm::forward);
    on(Op.GroupNormBackward.class, CudaGroupNorm::backward);
    on(TokenOp.LayerNormForward.class, CudaLayerNorm::forward);
    on(TokenOp.LayerNormBackward.class, CudaLayerNorm::backward);
    on(TokenOp.AttentionForward.class, CudaAttention::forward);
    on(TokenOp.AttentionBackward.class, CudaAttention::backward);
    on(Op.PoolForward.class, CudaPool::forward);
    on(Op.PoolBackward.class, CudaPool::backward);
    on(Op.ReluForward.class, CudaRelu::forward);
    on(Op.ReluBackward.class, CudaRelu::backward);
    on(TokenOp.GeluForward.class, CudaGelu::forward);
    on(TokenOp.GeluBackward.class, CudaGelu::backward);
    on(Op.AddForward.class, CudaAdd::forward);
    on(TokenOp.EmbeddingForward.class, CudaEmbedding::forward);
    on(TokenOp.EmbeddingBackwardData.class, CudaEmbedding::backwardData);
    on(TokenOp.EmbeddingBackwardParameters.class, CudaEmbedding::backwardParameters);
    on(TokenOp.SelectForward.class, CudaSelect::forward);
    on(TokenOp.SelectBackward.class, CudaSelect::backward);
    on(Op.LossForward.class, CudaLoss::forward);
    on(Op.LossBackward.class, CudaLoss::backward);
  }

  private final List<CudaStep> forward = new ArrayList<>();
  private final List<CudaStep> backward = new ArrayList<>();

  /** Compiles operations of one class. */
  @FunctionalInterface
  private interface Compiler<O extends Op> {
    CudaStep compile(CudaProgram program, O op);
  }

  private static <O extends Op> void on(Class<O> operation, Compiler<O> compiler) {
    COMPILERS.put(operation, (program, op) -> compiler.compile(program, operation.cast(op)));
  }

  /** Operations that this device runs. */
  static Set<Class<? extends Op>> operations() {
    return COMPILERS.keySet();
  }

  StepCompiler(CudaProgram program, Plan plan) {
    boolean afterLoss = false;
    for (Op op : plan.ops()) {
      (afterLoss ? backward : forward).add(compile(program, op));
      afterLoss |= op instanceof Op.LossForward;
    }
  }

  /** Steps up to the losses. */
  List<CudaStep> forward() {
    return forward;
  }

  /** Steps after the losses. */
  List<CudaStep> backward() {
    return backward;
  }

  private static CudaStep compile(CudaProgram program, Op op) {
    Compiler<Op> compiler = COMPILERS.get(op.getClass());
    if (compiler == null) {
      throw new UnsupportedException(
          "device %s does not run layer %s (%s)"
              .formatted(program.device().name(), op.node(), op.getClass().getSimpleName()));
    }
    return compiler.compile(program, op);
  }
}
