package org.zowarmup.device.cpu;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.device.host.HostExecutable;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Op;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;

/** A plan compiled to oneDNN primitives and native kernels over one arena. */
final class CpuExecutable extends HostExecutable {
  private final CpuDevice device;
  private final Lane lane;
  private final List<Step> forward = new ArrayList<>();
  private final List<Step> backward = new ArrayList<>();
  private final FloatPointer input;
  private final FloatPointer logits;
  private final IntPointer indices;
  private final IntPointer labels;
  private final DoublePointer losses;
  private final IntPointer hits;
  private final int[] labelsOnHeap;
  private final double[] lossesOnHeap;
  private boolean closed;

  CpuExecutable(CpuDevice device, Plan plan, int threads) {
    super(device, plan, new CpuVectorOps(threads));
    this.device = device;
    this.lane = new Lane(plan, threads);
    int batch = plan.batch();
    this.indices = new IntPointer(batch);
    this.labels = new IntPointer(batch);
    this.losses = new DoublePointer(batch);
    this.hits = new IntPointer(batch);
    this.labelsOnHeap = new int[batch];
    this.lossesOnHeap = new double[batch];
    this.input = lane.at(plan.input());
    this.logits = lane.at(plan.logits());
    try {
      compileAll(plan);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void compileAll(Plan plan) {
    enter();
    boolean behindLoss = false;
    for (Op op : plan.ops()) {
      (behindLoss ? backward : forward).add(compile(op));
      behindLoss |= op instanceof Loss.Forward;
    }
  }

  /**
   * oneDNN takes the thread count of the calling thread, when a primitive is made and when it runs.
   */
  @Override
  protected void enter() {
    NativeCpu.setOpenMpThreads(lane.threads());
  }

  private Step compile(Op op) {
    if (op instanceof Conv.Forward f) {
      return WinogradSteps.fit(f)
          ? WinogradSteps.forward(lane, f)
          : new ConvSteps(lane, f).forward();
    } else if (op instanceof Conv.BackwardData b) {
      return WinogradSteps.fit(b.forward())
          ? WinogradSteps.backwardData(lane, b)
          : new ConvSteps(lane, b.forward()).backwardData(b);
    } else if (op instanceof Conv.BackwardParameters b) {
      return WinogradSteps.fit(b.forward())
          ? WinogradSteps.backwardParameters(lane, b)
          : new ConvSteps(lane, b.forward()).backwardParameters(b);
    } else if (op instanceof Linear.Forward f) {
      return new LinearSteps(lane, f).forward();
    } else if (op instanceof Linear.BackwardData b) {
      return new LinearSteps(lane, b.forward()).backwardData(b);
    } else if (op instanceof Linear.BackwardParameters b) {
      return new LinearSteps(lane, b.forward()).backwardParameters(b);
    } else if (op instanceof GroupNorm.Forward f) {
      return NativeSteps.groupNormForward(lane, f);
    } else if (op instanceof GroupNorm.Backward b) {
      return NativeSteps.groupNormBackward(lane, b);
    } else if (op instanceof Relu.Forward f) {
      return NativeSteps.relu(lane, f);
    } else if (op instanceof Relu.Backward b) {
      return NativeSteps.reluBackward(lane, b);
    } else if (op instanceof Add.Forward f) {
      return NativeSteps.add(lane, f);
    } else if (op instanceof Pool.Forward f) {
      return NativeSteps.pool(lane, f);
    } else if (op instanceof Pool.Backward b) {
      return NativeSteps.poolBackward(lane, b);
    } else if (op instanceof Custom.Forward f) {
      return NativeSteps.custom(lane, f);
    } else if (op instanceof Custom.Backward b) {
      return NativeSteps.customBackward(lane, b);
    } else if (op instanceof Loss.Forward f) {
      return count ->
          NativeCpu.softmaxCrossEntropy(
              logits, labels, count, f.classes(), losses, hits, lane.threads());
    } else if (op instanceof Loss.Backward b) {
      FloatPointer dlogits = lane.at(b.dlogits());
      return count ->
          NativeCpu.softmaxCrossEntropyBackward(
              logits, labels, count, lane.batch(), b.forward().classes(), dlogits, lane.threads());
    }
    return TokenSteps.compile(lane, op);
  }

  @Override
  protected void gather(
      ResidentImages images,
      int[] samples,
      int from,
      int count,
      Augmentation augmentation,
      long position) {
    requireIndices(images, samples, from, count);
    CpuImages source = (CpuImages) images;
    ImagePixels pixels = source.pixels();
    indices.put(samples, from, count);
    for (int n = 0; n < count; n++) {
      labelsOnHeap[n] = pixels.labels()[samples[from + n]];
    }
    labels.put(labelsOnHeap, 0, count);
    Shape shape = pixels.shape();
    if (augmentation.on()) {
      NativeCpu.gatherAugmented(
          pixels.pixels(),
          indices,
          count,
          lane.batch(),
          shape.height(),
          shape.width(),
          shape.channels(),
          source.table(),
          augmentation.key(),
          position,
          input,
          lane.threads());
    } else {
      NativeCpu.gatherNormalize(
          pixels.pixels(),
          indices,
          count,
          lane.batch(),
          shape.elements(),
          shape.channels(),
          source.table(),
          input,
          lane.threads());
    }
  }

  @Override
  protected void bind(Vector weights) {
    lane.bindWeights(CpuVector.of(weights));
  }

  @Override
  protected double forward(int count) {
    for (Step step : forward) {
      step.run(count);
    }
    losses.get(lossesOnHeap, 0, count);
    double sum = 0;
    for (int n = 0; n < count; n++) {
      sum += lossesOnHeap[n];
    }
    return sum;
  }

  @Override
  protected int correct(int count) {
    int correct = 0;
    for (int n = 0; n < count; n++) {
      correct += hits.get(n);
    }
    return correct;
  }

  @Override
  protected void backward(int count, Vector gradient) {
    lane.bindGradient(CpuVector.of(gradient));
    for (Step step : backward) {
      step.run(count);
    }
  }

  @Override
  protected float[] readLogits(int count) {
    float[] values = new float[count * plan().graph().classes()];
    logits.get(values, 0, values.length);
    return values;
  }

  @Override
  public void verifyGuards() {
    lane.verifyGuards();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    super.close();
    lane.close();
    indices.close();
    labels.close();
    losses.close();
    hits.close();
    device.released();
  }
}
