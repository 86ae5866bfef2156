package org.zowarmup.nn.models;

import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;

/** The vision transformer of common CIFAR experiments: 6 blocks of 512 channels. */
public final class Vit implements ModelProvider<VisionTransformer.Config> {
  @Override
  public String kind() {
    return "vit";
  }

  @Override
  public Class<VisionTransformer.Config> configType() {
    return VisionTransformer.Config.class;
  }

  @Override
  public VisionTransformer.Config defaults() {
    return new VisionTransformer.Config(512, 6, 8, 2048, 4, VisionTransformer.MEAN);
  }

  @Override
  public Graph build(VisionTransformer.Config config, Shape input, int classes) {
    return VisionTransformer.build(kind(), config, input, classes);
  }
}
