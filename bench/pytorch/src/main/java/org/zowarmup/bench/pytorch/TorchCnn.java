package org.zowarmup.bench.pytorch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code cnn}: convolution, group norm, relu, maximum pooling, as often as asked, then a linear
 * layer. Channels-last features are flattened as height, width, channel, the order in memory, which
 * spares PyTorch a copy.
 *
 * @param stages convolutions
 * @param groups of the norms
 */
record TorchCnn(int stages, int groups) implements TorchNetwork {
  @Override
  public Tensor logits(TorchParameters p, Tensor images) {
    Tensor x = images;
    for (int stage = 1; stage <= stages; stage++) {
      x = TorchLayers.convolution(p, "conv" + stage, x, 1, 1);
      x = TorchLayers.groupNorm(p, "norm" + stage, x, groups).relu_();
      x = torch.max_pool2d(x, 2, 2);
    }
    Tensor features = p.channelsLast() ? x.permute(0, 2, 3, 1) : x;
    return TorchLayers.linear(p, "fc", features.flatten(1, 3));
  }
}
