package org.zowarmup.device.nd4j;

import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.factory.Nd4j;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Steps;
import org.zowarmup.device.Vector;
import org.zowarmup.device.host.HostDevice;
import org.zowarmup.device.host.HostExecutable;
import org.zowarmup.device.host.HostImages;
import org.zowarmup.device.host.HostVector;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;

/** A plan in ND4J's operations. */
final class Nd4jExecutable extends HostExecutable {
  /** Temporary arrays of a pass, given back together; what outgrows it is ND4J's to free. */
  private static final WorkspaceConfiguration WORKSPACE =
      WorkspaceConfiguration.builder()
          .initialSize(0)
          .policyAllocation(AllocationPolicy.STRICT)
          .policyLearning(LearningPolicy.FIRST_LOOP)
          .build();

  private final Plan plan;
  private final Nd4jProgram program;
  private final Steps.Compiled<Step> steps;

  /**
   * @param program becomes this executable's
   */
  Nd4jExecutable(HostDevice device, Plan plan, Nd4jProgram program, Steps.Compiled<Step> steps) {
    super(device, plan, device.vectors());
    this.plan = plan;
    this.program = own(program);
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
    byte[] bytes = new byte[source.shape().elements()];
    for (int n = 0; n < plan.batch(); n++) {
      float[] image = new float[bytes.length];
      program.labels()[n] = 0;
      if (n < count) {
        int sample = samples[from + n];
        program.labels()[n] = source.labels()[sample];
        source.pixels().getPointer((long) sample * bytes.length).get(bytes);
        Augmentation.Window window =
            augmentation.on() ? augmentation.window(position + n) : Augmentation.WHOLE;
        normalize(source, bytes, window, image);
      }
      program.write(plan.input(), n, image);
    }
  }

  /** One window of one image; byte 0 is outside of the image. */
  private static void normalize(
      ImagePixels source, byte[] bytes, Augmentation.Window window, float[] to) {
    Shape shape = source.shape();
    int i = 0;
    for (int y = 0; y < shape.height(); y++) {
      int row = window.sourceRow(y);
      for (int x = 0; x < shape.width(); x++) {
        int column = window.sourceColumn(x, shape.width());
        boolean inside = row >= 0 && row < shape.height() && column >= 0 && column < shape.width();
        int pixel = (row * shape.width() + column) * shape.channels();
        for (int c = 0; c < shape.channels(); c++, i++) {
          int v = inside ? bytes[pixel + c] & 0xFF : 0;
          to[i] = source.normalization()[c * 256 + v];
        }
      }
    }
  }

  @Override
  protected void bind(Vector vector) {
    float[] values = HostVector.of(vector).data();
    program.weights().write(0, values, values.length);
  }

  private void run(Iterable<Step> all, int count) {
    // one for each kind of plan and thread: ND4J keeps it by its name and the calling thread
    String name = "zowarmup " + plan.graph().name() + plan.kind() + plan.batch();
    try (MemoryWorkspace ignored =
        Nd4j.getWorkspaceManager().getAndActivateWorkspace(WORKSPACE, name)) {
      for (Step step : all) {
        step.run(count);
      }
    }
  }

  @Override
  protected double forward(int count) {
    run(steps.forward(), count);
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
    run(steps.backward(), count);
    float[] out = HostVector.of(gradient).data();
    float[] found = program.gradients().read(0, out.length);
    for (ParameterTensor tensor : plan.graph().layout().tensors()) {
      int at = Math.toIntExact(tensor.offset());
      System.arraycopy(found, at, out, at, tensor.size());
    }
  }

  @Override
  protected float[] readLogits(int count) {
    return program.read(plan.logits(), count * plan.graph().classes());
  }

  @Override
  protected Steps.Compiled<Step> steps() {
    return steps;
  }

  @Override
  public void verifyGuards() {
    program.verifyGuards();
  }
}
