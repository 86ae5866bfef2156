package org.zowarmup.nn.models;

import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;

/**
 * A vision transformer for small machines: 6 blocks of 192 channels, the sizes of DeiT-Ti (Touvron
 * et al. 2021, arXiv 2012.12877) at half its depth.
 */
public final class VitTiny implements ModelProvider<VisionTransformer.Config> {
  @Override
  public String kind() {
    return "vit-tiny";
  }

  @Override
  public Class<VisionTransformer.Config> configType() {
    return VisionTransformer.Config.class;
  }

  @Override
  public VisionTransformer.Config defaults() {
    return new VisionTransformer.Config(192, 6, 3, 768, 4, VisionTransformer.MEAN);
  }

  @Override
  public Graph build(VisionTransformer.Config config, Shape input, int classes) {
    return VisionTransformer.build(kind(), config, input, classes);
  }
}
