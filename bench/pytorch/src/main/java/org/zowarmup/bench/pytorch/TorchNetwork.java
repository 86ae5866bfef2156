package org.zowarmup.bench.pytorch;

import org.bytedeco.pytorch.Tensor;
import org.zowarmup.bench.BenchModel;
import org.zowarmup.nn.models.VisionTransformer;

/** A network written in PyTorch's operations. */
@FunctionalInterface
public interface TorchNetwork {
  /**
   * @param parameters those of the network's layout, by name
   * @param images [N,C,H,W], channels-last in memory
   * @return logits [N,classes]
   */
  Tensor logits(TorchParameters parameters, Tensor images);

  /** The network that a model of the benchmarks is in PyTorch, with the model's defaults. */
  static TorchNetwork of(BenchModel model) {
    return switch (model) {
      case CNN -> new TorchCnn(2, 2);
      case RESNET18 -> new TorchResNet18(2);
      case VIT_TINY -> TorchVit.of(new VisionTransformer.VitTiny());
    };
  }
}
