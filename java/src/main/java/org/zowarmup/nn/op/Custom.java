package org.zowarmup.nn.op;

import java.nio.FloatBuffer;
import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.plugin.Own;

/**
 * A user's own layer: one input, any parameters. It sees plain float buffers in native byte order,
 * so it runs on the CPU devices; a GPU refuses it by name when a plan is compiled. It must treat
 * samples one by one and must keep no state: the same object runs on several lanes at once.
 */
public interface Custom extends Layer {
  /**
   * The forward pass.
   *
   * @param samples how many samples to compute; the buffers hold a batch of at least that many
   * @param x [batch, H, W, C] fp32, read only
   * @param parameters one buffer a parameter, in the order of {@link #parameters}
   * @param y [batch, H', W', C'] fp32, to be written for every sample
   */
  void forward(int samples, FloatBuffer x, List<FloatBuffer> parameters, FloatBuffer y);

  /**
   * The backward pass; everything that is written is overwritten, not added to.
   *
   * @param x what the forward pass read
   * @param dy gradient of the loss with respect to the output
   * @param dx gradient with respect to the input, to be written for every sample
   * @param gradients one buffer a parameter, to be written, summed over the samples in their order
   */
  void backward(
      int samples,
      FloatBuffer x,
      List<FloatBuffer> parameters,
      FloatBuffer dy,
      FloatBuffer dx,
      List<FloatBuffer> gradients);

  @Override
  default void lower(Lowering.Place at) {
    at.add(
        new Forward(
            at.name(),
            Own.named(Custom.class, "layer " + at.name(), this),
            at.inputShape(),
            at.shape(),
            at.input(),
            at.output(),
            at.parameters()));
  }

  /** y = layer(x, parameters). */
  record Forward(
      String node,
      Custom layer,
      Shape in,
      Shape out,
      Plan.Value x,
      Plan.Value y,
      List<ParameterTensor> parameters)
      implements Op.Differentiable {
    @Override
    public Io io() {
      return Io.from(x).to(y);
    }

    @Override
    public void differentiate(Lowering plan) {
      plan.add(new Backward(this, plan.gradient(y), plan.newGradient(x)));
    }
  }

  /** Gradients of input and parameters. */
  record Backward(Forward forward, Plan.Value dy, Plan.Value dx) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(forward.x, dy).to(dx);
    }
  }
}
