package org.zowarmup.device.cuda;

import java.util.List;
import org.zowarmup.device.Steps;
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
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.nn.op.Select;

/** Turns the steps of a plan into calls of cuDNN, cuBLAS and the program's kernels. */
final class StepCompiler {
  static final Steps<StepCompiler, CudaStep> STEPS =
      new Steps<StepCompiler, CudaStep>()
          .on(Add.Forward.class, (c, op) -> LayerSteps.add(c.lane, op))
          .on(Attention.Forward.class, (c, op) -> new AttentionSteps(c.lane, op).forward())
          .on(
              Attention.Backward.class,
              (c, op) -> new AttentionSteps(c.lane, op.forward()).backward(op))
          .on(Conv.Forward.class, (c, op) -> new ConvolutionSteps(c.lane, op).forward())
          .on(
              Conv.BackwardData.class,
              (c, op) -> new ConvolutionSteps(c.lane, op.forward()).backwardData(op))
          .on(
              Conv.BackwardParameters.class,
              (c, op) -> new ConvolutionSteps(c.lane, op.forward()).backwardParameters(op))
          .on(Embedding.Forward.class, (c, op) -> TokenSteps.embed(c.lane, op))
          .on(Embedding.BackwardParameters.class, (c, op) -> TokenSteps.embedBackward(c.lane, op))
          .on(Embedding.BackwardData.class, (c, op) -> TokenSteps.dropClassToken(c.lane, op))
          .on(Gelu.Forward.class, (c, op) -> TokenSteps.gelu(c.lane, op))
          .on(Gelu.Backward.class, (c, op) -> TokenSteps.geluBackward(c.lane, op))
          .on(GroupNorm.Forward.class, (c, op) -> LayerSteps.groupNorm(c.lane, op))
          .on(GroupNorm.Backward.class, (c, op) -> LayerSteps.groupNormBackward(c.lane, op))
          .on(LayerNorm.Forward.class, (c, op) -> TokenSteps.layerNorm(c.lane, op))
          .on(LayerNorm.Backward.class, (c, op) -> TokenSteps.layerNormBackward(c.lane, op))
          .on(Linear.Forward.class, (c, op) -> new LinearSteps(c.lane, op).forward())
          .on(
              Linear.BackwardData.class,
              (c, op) -> new LinearSteps(c.lane, op.forward()).backwardData(op))
          .on(
              Linear.BackwardParameters.class,
              (c, op) -> new LinearSteps(c.lane, op.forward()).backwardParameters(op))
          .on(Loss.Forward.class, StepCompiler::loss)
          .on(Loss.Backward.class, StepCompiler::lossBackward)
          .on(Pool.Forward.class, (c, op) -> LayerSteps.pool(c.lane, op))
          .on(Pool.Backward.class, (c, op) -> LayerSteps.poolBackward(c.lane, op))
          .on(Relu.Forward.class, (c, op) -> LayerSteps.relu(c.lane, op))
          .on(Relu.Backward.class, (c, op) -> LayerSteps.reluBackward(c.lane, op))
          .on(Select.Forward.class, (c, op) -> TokenSteps.select(c.lane, op))
          .on(Select.Backward.class, (c, op) -> TokenSteps.selectBackward(c.lane, op));

  private final CudaLane lane;
  private final PassTable table;
  private final Steps.Compiled<CudaStep> compiled;

  StepCompiler(CudaLane lane, PassTable table, Plan plan) {
    this.lane = lane;
    this.table = table;
    this.compiled = STEPS.compile(lane.device().name(), this, plan);
  }

  /** Steps up to the losses. */
  List<CudaStep> forward() {
    return compiled.forward();
  }

  /** Steps after the losses. */
  List<CudaStep> backward() {
    return compiled.backward();
  }

  private CudaStep loss(Loss.Forward op) {
    Kernel kernel = lane.device().kernels().get("cross_entropy.cu", "crossEntropyForward");
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.rows(lane.batch()),
            lane.at(op.logits()),
            lane.labels(),
            lane.losses(),
            table.correct(),
            lane.batch(),
            op.classes(),
            table.cursor());
  }

  private CudaStep lossBackward(Loss.Backward op) {
    Kernel kernel = lane.device().kernels().get("cross_entropy.cu", "crossEntropyBackward");
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.rows(lane.batch()),
            lane.at(op.forward().logits()),
            lane.labels(),
            lane.at(op.dlogits()),
            lane.batch(),
            op.forward().classes(),
            table.jobs(),
            table.cursor());
  }
}
