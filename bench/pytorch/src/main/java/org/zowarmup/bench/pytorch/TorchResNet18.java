package org.zowarmup.bench.pytorch;

import org.bytedeco.pytorch.Tensor;

/**
 * {@code resnet18}: torchvision's basic blocks with group norm, after a 3x3 stem without pooling.
 *
 * @param groups of the norms
 */
record TorchResNet18(int groups) implements TorchNetwork {
  private static final int STAGES = 4;
  private static final int BLOCKS = 2;

  @Override
  public Tensor logits(TorchParameters p, Tensor images) {
    Tensor x = TorchLayers.convolution(p, "conv1", images, 1, 1);
    x = TorchLayers.then(x, y -> TorchLayers.groupNorm(p, "bn1", y, groups).relu_());
    for (int stage = 1; stage <= STAGES; stage++) {
      for (int block = 0; block < BLOCKS; block++) {
        String name = "layer" + stage + "." + block;
        boolean halves = stage > 1 && block == 0;
        x = TorchLayers.then(x, y -> block(p, name, y, halves));
      }
    }
    return TorchLayers.linear(p, "fc", x.mean(2, 3));
  }

  private Tensor block(TorchParameters p, String name, Tensor input, boolean halves) {
    Tensor x = TorchLayers.convolution(p, name + ".conv1", input, halves ? 2 : 1, 1);
    x = TorchLayers.then(x, y -> TorchLayers.groupNorm(p, name + ".bn1", y, groups).relu_());
    x = TorchLayers.then(x, y -> TorchLayers.convolution(p, name + ".conv2", y, 1, 1));
    x = TorchLayers.then(x, y -> TorchLayers.groupNorm(p, name + ".bn2", y, groups));
    Tensor shortcut = input;
    if (halves) {
      shortcut = TorchLayers.convolution(p, name + ".downsample.0", input, 2, 0);
      shortcut = TorchLayers.groupNorm(p, name + ".downsample.1", shortcut, groups);
    }
    return x.add_(shortcut).relu_();
  }
}
