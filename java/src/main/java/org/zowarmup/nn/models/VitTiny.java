package org.zowarmup.nn.models;

import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/**
 * A vision transformer for small machines: 6 blocks of 192 channels, the sizes of DeiT-Ti (Touvron
 * et al. 2021, arXiv 2012.12877) at half its depth.
 */
public record VitTiny(
    @Key("channels of a token, D") @Range(min = 1, max = 8192) int dim,
    @Key("blocks") @Range(min = 1, max = 128) int depth,
    @Key("attention heads; {}; they divide dim") @Range(min = 1, max = 256) int heads,
    @Key("hidden channels of a block's MLP") @Range(min = 1, max = 65_536) int mlp,
    @Key("side of a patch in pixels; {}; divides those of the image") @Range(min = 1, max = 256)
        int patch,
    @Key("what the classifier reads: {}") Pooling pooling)
    implements VisionTransformer {
  public VitTiny {
    VisionTransformer.requireDivisor(dim, heads);
  }

  /** The defaults. */
  public VitTiny() {
    this(192, 6, 3, 768, 4, Pooling.MEAN);
  }

  @Override
  public String kind() {
    return "vit-tiny";
  }
}
