package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Steps;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.device.host.HostDevice;
import org.zowarmup.device.host.HostExecutable;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.device.host.HostImages;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;

/** Runs a compiled plan. */
final class CpuExecutable extends HostExecutable {
  private final CpuProgram program;
  private final FloatPointer input;
  private final FloatPointer logits;
  private final IntPointer indices;
  private final int[] labelsOnHeap;
  private final double[] lossesOnHeap;

  /**
   * @param program closed with this executable
   */
  CpuExecutable(HostDevice device, Plan plan, CpuProgram program) {
    super(device, plan, new CpuVectorOps(program.threads()));
    this.program = program;
    this.indices = program.indices();
    this.labelsOnHeap = new int[plan.batch()];
    this.lossesOnHeap = new double[plan.batch()];
    this.input = program.at(plan.input());
    this.logits = program.at(plan.logits());
    own(program);
  }

  @Override
  protected void enter() {
    program.enter();
  }

  @Override
  protected void gather(
      ResidentImages images,
      int[] samples,
      int from,
      int count,
      Augmentation augmentation,
      long position) {
    images.requireIndices(samples, from, count);
    HostImages source = (HostImages) images;
    ImagePixels pixels = source.pixels();
    indices.put(samples, from, count);
    for (int n = 0; n < count; n++) {
      labelsOnHeap[n] = pixels.labels()[samples[from + n]];
    }
    program.labels().put(labelsOnHeap, 0, count);
    Shape shape = pixels.shape();
    if (augmentation.on()) {
      NativeCpu.gatherAugmented(
          pixels.pixels(),
          indices,
          count,
          program.batch(),
          shape.height(),
          shape.width(),
          shape.channels(),
          source.table(),
          augmentation.key(),
          position,
          input,
          program.threads());
    } else {
      NativeCpu.gatherNormalize(
          pixels.pixels(),
          indices,
          count,
          program.batch(),
          shape.elements(),
          shape.channels(),
          source.table(),
          input,
          program.threads());
    }
  }

  @Override
  protected void bind(Vector weights) {
    program.bindWeights(CpuVector.of(weights));
  }

  @Override
  protected double forward(int count) {
    for (Step step : program.steps().forward()) {
      step.run(count);
    }
    program.losses().get(lossesOnHeap, 0, count);
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
      correct += program.hits().get(n);
    }
    return correct;
  }

  @Override
  protected void backward(int count, Vector gradient) {
    program.bindGradient(CpuVector.of(gradient));
    for (Step step : program.steps().backward()) {
      step.run(count);
    }
  }

  @Override
  protected void backwardAndStep(int count, Vector weights, Vector gradient, TrainJob.Sgd sgd) {
    if (!program.stepsInBackward()) {
      super.backwardAndStep(count, weights, gradient, sgd);
      return;
    }
    program.beginSteps(sgd);
    try {
      backward(count, gradient);
    } finally {
      program.endSteps();
    }
    program.stepOthers(sgd);
  }

  @Override
  protected float[] readLogits(int count) {
    float[] values = new float[count * plan().graph().classes()];
    logits.get(values, 0, values.length);
    return values;
  }

  @Override
  protected Steps.Compiled<Step> steps() {
    return program.steps();
  }

  @Override
  public void verifyGuards() {
    program.verifyGuards();
  }
}
