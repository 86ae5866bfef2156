package org.zowarmup.nn.models;

import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/** The vision transformer of common CIFAR experiments: 6 blocks of 512 channels. */
public record Vit(
    @Key("channels of a token, D") @Range(min = 1, max = 8192) int dim,
    @Key("blocks") @Range(min = 1, max = 128) int depth,
    @Key("attention heads; {}; they divide dim") @Range(min = 1, max = 256) int heads,
    @Key("hidden channels of a block's MLP") @Range(min = 1, max = 65_536) int mlp,
    @Key("side of a patch in pixels; {}; divides those of the image") @Range(min = 1, max = 256)
        int patch,
    @Key("what the classifier reads: {}") Pooling pooling)
    implements VisionTransformer {
  public Vit {
    VisionTransformer.requireDivisor(dim, heads);
  }

  /** The defaults. */
  public Vit() {
    this(512, 6, 8, 2048, 4, Pooling.MEAN);
  }

  @Override
  public String kind() {
    return "vit";
  }
}
