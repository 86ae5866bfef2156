package org.zowarmup.device.cuda;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Op;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.TokenOp;

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
      behindLoss |= op instanceof Op.LossForward;
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
    if (op instanceof Op.ConvForward f) {
      return new ConvolutionSteps(lane, f).forward();
    } else if (op instanceof Op.ConvBackwardData b) {
      return new ConvolutionSteps(lane, b.forward()).backwardData(b);
    } else if (op instanceof Op.ConvBackwardParameters b) {
      return new ConvolutionSteps(lane, b.forward()).backwardParameters(b);
    } else if (op instanceof Op.LinearForward f) {
      return new LinearSteps(lane, f).forward();
    } else if (op instanceof Op.LinearBackwardData b) {
      return new LinearSteps(lane, b.forward()).backwardData(b);
    } else if (op instanceof Op.LinearBackwardParameters b) {
      return new LinearSteps(lane, b.forward()).backwardParameters(b);
    } else if (op instanceof Op.GroupNormForward f) {
      return LayerSteps.groupNorm(lane, f);
    } else if (op instanceof Op.GroupNormBackward b) {
      return LayerSteps.groupNormBackward(lane, b);
    } else if (op instanceof Op.ReluForward f) {
      return LayerSteps.relu(lane, f);
    } else if (op instanceof Op.ReluBackward b) {
      return LayerSteps.reluBackward(lane, b);
    } else if (op instanceof Op.AddForward f) {
      return LayerSteps.add(lane, f);
    } else if (op instanceof Op.PoolForward f) {
      return LayerSteps.pool(lane, f);
    } else if (op instanceof Op.PoolBackward b) {
      return LayerSteps.poolBackward(lane, b);
    } else if (op instanceof Op.LossForward f) {
      return loss(f);
    } else if (op instanceof Op.LossBackward b) {
      return lossBackward(b);
    }
    CudaStep step = op instanceof TokenOp t ? TokenSteps.compile(lane, t) : null;
    if (step != null) {
      return step;
    }
    throw new UnsupportedException(
        "device %s does not run layer %s (%s)"
            .formatted(lane.device().name(), op.node(), op.getClass().getSimpleName()));
  }

  private CudaStep loss(Op.LossForward op) {
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

  private CudaStep lossBackward(Op.LossBackward op) {
    Kernel kernel = lane.device().kernels().get("cross_entropy.cu", "crossEntropyBackward");
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.rows(lane.batch()),
            lane.at(op.logits()),
            lane.labels(),
            lane.at(op.dlogits()),
            lane.batch(),
            op.classes(),
            table.jobs(),
            table.cursor());
  }
}
