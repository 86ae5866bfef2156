package org.zowarmup.bench.pytorch;

import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Layers with the parameters that the layout names for them. */
final class TorchLayers {
  private static final double GROUP_NORM_EPSILON = 1e-5;
  private static final long[] NO_DILATION = {1, 1};

  private TorchLayers() {}

  /** A convolution without bias. */
  static Tensor convolution(TorchParameters p, String name, Tensor x, int stride, int padding) {
    return torch.conv2d(
        x,
        p.get(name + ".weight"),
        new TensorOptional(),
        new long[] {stride, stride},
        new long[] {padding, padding},
        NO_DILATION,
        1);
  }

  static Tensor groupNorm(TorchParameters p, String name, Tensor x, int groups) {
    return torch.group_norm(
        x,
        groups,
        new TensorOptional(p.get(name + ".weight")),
        new TensorOptional(p.get(name + ".bias")),
        GROUP_NORM_EPSILON,
        false);
  }

  static Tensor linear(TorchParameters p, String name, Tensor x) {
    return torch.linear(x, p.get(name + ".weight"), new TensorOptional(p.get(name + ".bias")));
  }

  /**
   * The next activation, made from x, which is then given back: what a part of a network makes and
   * does not return is freed at once, as C++ and Python do. (What a backward pass needs is held by
   * PyTorch itself.)
   */
  static Tensor then(Tensor x, UnaryOperator<Tensor> part) {
    PointerScope outer = PointerScope.getInnerScope();
    Tensor y;
    try (PointerScope inner = new PointerScope()) {
      y = part.apply(x);
      y.retainReference(); // beyond the inner scope
    }
    if (outer != null) {
      outer.attach(y);
      y.releaseReference();
    }
    x.close();
    return y;
  }
}
