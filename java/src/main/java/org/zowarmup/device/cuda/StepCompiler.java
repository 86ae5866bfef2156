package org.zowarmup.device.cuda;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Op;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;

/** Turns the steps of a plan into calls of cuDNN, cuBLAS and the program's kernels. */
final class StepCompiler {
  private final CudaLane lane;
  private final PassTable table;
  private final List<CudaStep> forward = new ArrayList<>();
  private final List<CudaStep> backward = new ArrayList<>();

  StepCompiler(CudaLane lane, PassTable table, Plan plan) {
    this.lane = lane;
    this.table = table;
    boolean behindLoss = false;
    for (Op op : plan.ops()) {
      (behindLoss ? backward : forward).add(compile(op));
      behindLoss |= op instanceof Loss.Forward;
    }
  }

  /** Steps up to the losses. */
  List<CudaStep> forward() {
    return forward;
  }

  /** Steps behind the losses. */
  List<CudaStep> backward() {
    return backward;
  }

  private CudaStep compile(Op op) {
    if (op instanceof Conv.Forward f) {
      return new ConvolutionSteps(lane, f).forward();
    } else if (op instanceof Conv.BackwardData b) {
      return new ConvolutionSteps(lane, b.forward()).backwardData(b);
    } else if (op instanceof Conv.BackwardParameters b) {
      return new ConvolutionSteps(lane, b.forward()).backwardParameters(b);
    } else if (op instanceof Linear.Forward f) {
      return new LinearSteps(lane, f).forward();
    } else if (op instanceof Linear.BackwardData b) {
      return new LinearSteps(lane, b.forward()).backwardData(b);
    } else if (op instanceof Linear.BackwardParameters b) {
      return new LinearSteps(lane, b.forward()).backwardParameters(b);
    } else if (op instanceof GroupNorm.Forward f) {
      return LayerSteps.groupNorm(lane, f);
    } else if (op instanceof GroupNorm.Backward b) {
      return LayerSteps.groupNormBackward(lane, b);
    } else if (op instanceof Relu.Forward f) {
      return LayerSteps.relu(lane, f);
    } else if (op instanceof Relu.Backward b) {
      return LayerSteps.reluBackward(lane, b);
    } else if (op instanceof Add.Forward f) {
      return LayerSteps.add(lane, f);
    } else if (op instanceof Pool.Forward f) {
      return LayerSteps.pool(lane, f);
    } else if (op instanceof Pool.Backward b) {
      return LayerSteps.poolBackward(lane, b);
    } else if (op instanceof Loss.Forward f) {
      return loss(f);
    } else if (op instanceof Loss.Backward b) {
      return lossBackward(b);
    }
    CudaStep step = TokenSteps.compile(lane, op);
    if (step != null) {
      return step;
    }
    throw new UnsupportedException(
        "device %s does not run layer %s (%s)"
            .formatted(lane.device().name(), op.node(), op.getClass().getSimpleName()));
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
