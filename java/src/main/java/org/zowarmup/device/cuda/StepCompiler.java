package org.zowarmup.device.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Embedding;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Op;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.nn.op.Select;

/** Turns the steps of a plan into calls of cuDNN, cuBLAS and the program's kernels. */
final class StepCompiler {
  private static final Map<Class<? extends Op>, Compiler<Op>> COMPILERS = new HashMap<>();

  static {
    on(Conv.Forward.class, CudaConv::forward);
    on(Conv.BackwardData.class, CudaConv::backwardData);
    on(Conv.BackwardParameters.class, CudaConv::backwardParameters);
    on(Linear.Forward.class, CudaLinear::forward);
    on(Linear.BackwardData.class, CudaLinear::backwardData);
    on(Linear.BackwardParameters.class, CudaLinear::backwardParameters);
    on(GroupNorm.Forward.class, CudaGroupNorm::forward);
    on(GroupNorm.Backward.class, CudaGroupNorm::backward);
    on(LayerNorm.Forward.class, CudaLayerNorm::forward);
    on(LayerNorm.Backward.class, CudaLayerNorm::backward);
    on(Attention.Forward.class, CudaAttention::forward);
    on(Attention.Backward.class, CudaAttention::backward);
    on(Pool.Forward.class, CudaPool::forward);
    on(Pool.Backward.class, CudaPool::backward);
    on(Relu.Forward.class, CudaRelu::forward);
    on(Relu.Backward.class, CudaRelu::backward);
    on(Gelu.Forward.class, CudaGelu::forward);
    on(Gelu.Backward.class, CudaGelu::backward);
    on(Add.Forward.class, CudaAdd::forward);
    on(Embedding.Forward.class, CudaEmbedding::forward);
    on(Embedding.BackwardData.class, CudaEmbedding::backwardData);
    on(Embedding.BackwardParameters.class, CudaEmbedding::backwardParameters);
    on(Select.Forward.class, CudaSelect::forward);
    on(Select.Backward.class, CudaSelect::backward);
    on(Loss.Forward.class, CudaLoss::forward);
    on(Loss.Backward.class, CudaLoss::backward);
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
      afterLoss |= op instanceof Loss.Forward;
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
