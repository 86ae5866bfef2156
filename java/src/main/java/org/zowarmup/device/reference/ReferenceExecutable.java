package org.zowarmup.device.reference;

import java.util.Arrays;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Steps;
import org.zowarmup.device.Vector;
import org.zowarmup.device.host.HostDevice;
import org.zowarmup.device.host.HostExecutable;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.device.host.HostImages;
import org.zowarmup.device.host.HostVector;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;

/** Interprets a plan in double precision, in an arena of the very offsets that the plan gives. */
final class ReferenceExecutable extends HostExecutable {
  private final Plan plan;
  private final ReferenceProgram program;
  private final Steps.Compiled<Step> steps;

  ReferenceExecutable(
      HostDevice device, Plan plan, ReferenceProgram program, Steps.Compiled<Step> steps) {
    super(device, plan, device.vectors());
    this.plan = plan;
    this.program = program;
    this.steps = steps;
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
    ImagePixels source = ((HostImages) images).pixels();
    int perSample = source.shape().elements();
    Tensor input = program.at(plan.input());
    input.clear();
    for (int n = 0; n < plan.batch(); n++) {
      program.labels()[n] = n < count ? source.labels()[samples[from + n]] : 0;
    }
    for (int n = 0; n < count; n++) {
      Augmentation.Window window =
          augmentation.on() ? augmentation.window(position + n) : Augmentation.WHOLE;
      image(source, samples[from + n], window, input.part(n * perSample, perSample));
    }
  }

  /** One window of one image; byte 0 is outside of the image. */
  private static void image(ImagePixels source, int sample, Augmentation.Window window, Tensor to) {
    int i = 0;
    Shape shape = source.shape();
    long first = (long) sample * shape.elements();
    for (int y = 0; y < shape.height(); y++) {
      int row = window.sourceRow(y);
      for (int x = 0; x < shape.width(); x++) {
        int column = window.sourceColumn(x, shape.width());
        boolean inside = row >= 0 && row < shape.height() && column >= 0 && column < shape.width();
        long pixel = first + ((long) row * shape.width() + column) * shape.channels();
        for (int c = 0; c < shape.channels(); c++, i++) {
          int v = inside ? source.pixels().get(pixel + c) & 0xFF : 0;
          to.set(i, source.normalization()[c * 256 + v]);
        }
      }
    }
  }

  @Override
  protected void bind(Vector vector) {
    float[] data = HostVector.of(vector).data();
    for (int i = 0; i < data.length; i++) {
      program.weights()[i] = data[i];
    }
  }

  @Override
  protected double forward(int count) {
    for (Step step : steps.forward()) {
      step.run(count);
    }
    double sum = 0;
    for (int n = 0; n < count; n++) {
      sum += program.losses()[n];
    }
    return sum;
  }

  @Override
  protected int correct(int count) {
    int correct = 0;
    for (int n = 0; n < count; n++) {
      correct += program.hits()[n] ? 1 : 0;
    }
    return correct;
  }

  @Override
  protected void backward(int count, Vector gradient) {
    Arrays.fill(program.gradients(), 0);
    for (Step step : steps.backward()) {
      step.run(count);
    }
    float[] out = HostVector.of(gradient).data();
    for (ParameterTensor tensor : plan.graph().layout().tensors()) {
      for (int i = Math.toIntExact(tensor.offset()); i < tensor.end(); i++) {
        out[i] = (float) program.gradients()[i];
      }
    }
  }

  @Override
  protected float[] readLogits(int count) {
    float[] logits = new float[count * plan.graph().classes()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) program.at(plan.logits()).get(i);
    }
    return logits;
  }

  @Override
  protected Steps.Compiled<Step> steps() {
    return steps;
  }

  @Override
  public void verifyGuards() {
    program.verifyGuards(plan);
  }
}
