package org.zowarmup.bench.pytorch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Shape;

/**
 * A network in PyTorch with its parameters and a batch: forward passes, gradients, steps. What a
 * call makes is freed when it returns, not when the collector comes by. Used by one thread, with
 * the PyTorch threads that this thread has set.
 */
public final class TorchRun {
  private final TorchNetwork network;
  private final TorchParameters parameters;
  private Tensor images;
  private Tensor labels;

  /**
   * Channels-last.
   *
   * @param weights flat buffer, copied
   */
  public TorchRun(
      TorchNetwork network, ParameterLayout layout, float[] weights, boolean requiresGrad) {
    this(network, new TorchParameters(layout, weights, requiresGrad));
  }

  public TorchRun(TorchNetwork network, TorchParameters parameters) {
    this.network = network;
    this.parameters = parameters;
  }

  public TorchParameters parameters() {
    return parameters;
  }

  /**
   * The batch of the calls that follow.
   *
   * @param pixels [N,H,W,C], normalised
   * @param classes [N]
   */
  public void batch(Shape shape, float[] pixels, int[] classes) {
    Tensor nhwc =
        TorchTensors.of(pixels, classes.length, shape.height(), shape.width(), shape.channels());
    Tensor nchw = nhwc.permute(0, 3, 1, 2);
    images = parameters.channelsLast() ? nchw : nchw.contiguous();
    labels = TorchTensors.of(classes);
  }

  /** Logits [N,classes], row-major. */
  public float[] logits() {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor logits = network.logits(parameters, images).contiguous();
      float[] values = new float[Math.toIntExact(logits.numel())];
      logits.data_ptr_float().get(values, 0, values.length);
      return values;
    }
  }

  /** The mean loss, without gradients. */
  public float loss() {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      return torch.cross_entropy_loss(network.logits(parameters, images), labels).item_float();
    }
  }

  /** Forward and backward pass; the gradients lie in the parameters. Returns the mean loss. */
  public float backward() {
    try (PointerScope scope = new PointerScope()) {
      parameters.clearGradients();
      Tensor loss = torch.cross_entropy_loss(network.logits(parameters, images), labels);
      loss.backward();
      return loss.item_float();
    }
  }

  /** One step of SGD without momentum, as torch.optim.SGD takes it. Returns the loss before it. */
  public float sgdStep(float lr, float weightDecay) {
    float loss = backward();
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      Scalar decay = new Scalar(weightDecay);
      Scalar step = new Scalar(-lr);
      for (Tensor leaf : parameters.leaves()) {
        Tensor gradient = leaf.grad();
        if (weightDecay != 0) {
          gradient.add_(leaf, decay);
        }
        leaf.add_(gradient, step);
      }
    }
    return loss;
  }
}
