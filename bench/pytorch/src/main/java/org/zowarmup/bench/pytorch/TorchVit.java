package org.zowarmup.bench.pytorch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.zowarmup.nn.models.VisionTransformer;

/**
 * {@code vit}: timm's pre-norm blocks with the tanh GELU, attention by PyTorch's own
 * scaled_dot_product_attention.
 *
 * @param depth number of blocks
 * @param heads of attention
 * @param patch sides of a patch
 * @param classToken whether the classifier reads a class token, else the mean over the tokens
 */
record TorchVit(int depth, int heads, int patch, boolean classToken) implements TorchNetwork {
  private static final double LAYER_NORM_EPSILON = 1e-6;
  private static final int CHANNELS = 2;

  static TorchVit of(VisionTransformer model) {
    boolean classToken = model.pooling() == VisionTransformer.Pooling.CLASS;
    return new TorchVit(model.depth(), model.heads(), model.patch(), classToken);
  }

  @Override
  public Tensor logits(TorchParameters p, Tensor images) {
    Tensor x = tokens(p, images);
    for (int i = 0; i < depth; i++) {
      String name = "blocks." + i;
      x =
          TorchLayers.then(
              x, y -> attention(p, name + ".attn", norm(p, name + ".norm1", y)).add(y));
      x = TorchLayers.then(x, y -> mlp(p, name + ".mlp", norm(p, name + ".norm2", y)).add(y));
    }
    Tensor features = classToken ? norm(p, "norm", x).select(1, 0) : norm(p, "fc_norm", x.mean(1));
    return TorchLayers.linear(p, "head", features);
  }

  private Tensor tokens(TorchParameters p, Tensor images) {
    Tensor embedded =
        torch.conv2d(
            images,
            p.get("patch_embed.proj.weight"),
            new TensorOptional(p.get("patch_embed.proj.bias")),
            new long[] {patch, patch},
            new long[] {0, 0},
            new long[] {1, 1},
            1);
    Tensor x = embedded.flatten(2, 3).transpose(1, 2);
    if (classToken) {
      Tensor token = p.get("cls_token").expand(x.size(0), -1, -1);
      x = torch.cat(new TensorVector(token, x), 1);
    }
    return x.add(p.get("pos_embed"));
  }

  private static Tensor norm(TorchParameters p, String name, Tensor x) {
    return torch.layer_norm(
        x,
        new long[] {x.size(x.dim() - 1)},
        new TensorOptional(p.get(name + ".weight")),
        new TensorOptional(p.get(name + ".bias")),
        LAYER_NORM_EPSILON,
        true);
  }

  private Tensor attention(TorchParameters p, String name, Tensor x) {
    long channels = x.size(CHANNELS);
    Tensor qkv =
        TorchLayers.linear(p, name + ".qkv", x)
            .reshape(x.size(0), x.size(1), 3, heads, channels / heads)
            .permute(2, 0, 3, 1, 4);
    Tensor y =
        torch.scaled_dot_product_attention(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2));
    y = y.transpose(1, 2).reshape(x.size(0), x.size(1), channels);
    return TorchLayers.linear(p, name + ".proj", y);
  }

  private static Tensor mlp(TorchParameters p, String name, Tensor x) {
    Tensor hidden = TorchLayers.linear(p, name + ".fc1", x);
    hidden = TorchLayers.then(hidden, y -> torch.gelu(y, "tanh"));
    return TorchLayers.linear(p, name + ".fc2", hidden);
  }
}
