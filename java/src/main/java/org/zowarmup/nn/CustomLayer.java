package org.zowarmup.nn;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * A user's own layer: one input, any parameters. It sees plain float buffers in native byte order,
 * so it runs on the CPU devices; a GPU refuses it by name when a plan is compiled. It must treat
 * samples one by one and must keep no state: the same object runs on several lanes at once.
 */
public non-sealed interface CustomLayer extends Layer {
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
}
