package org.zowarmup.nn.models;

import java.util.Locale;
import org.zowarmup.error.Require;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Embedding;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Select;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/**
 * A vision transformer (Dosovitskiy et al. 2021, arXiv 2010.11929) for small images: patches
 * embedded by a convolution, learned positions, pre-norm blocks of self-attention and a tanh-GELU
 * MLP, no dropout. Nodes are named as timm names its modules, so the weights load into a timm
 * {@code VisionTransformer} of the same sizes whose {@code act_layer} is the tanh GELU ({@code
 * global_pool} {@code "avg"} for mean pooling, {@code "token"} for the class token).
 */
public interface VisionTransformer extends Model {
  /** The token or tokens that the classifier reads. */
  enum Pooling {
    @Key("over all tokens; there is no class token")
    MEAN,
    @Key("a learned token before the patches")
    CLASS;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Channels of a token, D. */
  int dim();

  /** Number of blocks. */
  int depth();

  /** Attention heads. */
  int heads();

  /** Hidden channels of a block's MLP. */
  int mlp();

  /** Height and width of a patch in pixels. */
  int patch();

  Pooling pooling();

  /** Refuses heads that do not divide a token's channels. */
  static void requireDivisor(int dim, int heads) {
    Require.that(
        dim % heads == 0, "heads", "expected a divisor of dim " + dim + ", found " + heads);
  }

  @Override
  default Graph build(Shape input, int classes) {
    int patch = patch();
    if (input.height() % patch != 0 || input.width() % patch != 0) {
      throw new ShapeException(
          "patch_embed.proj", "images whose sides " + patch + " divides", input.toString());
    }
    boolean classToken = pooling() == Pooling.CLASS;
    Graph.Builder graph = Graph.builder(kind(), input);
    Conv embedding = new Conv(dim(), patch, patch, 0, true);
    int x = graph.add("patch_embed.proj", embedding, Graph.INPUT);
    x = graph.add("tokens", new Embedding(classToken), x);
    for (int i = 0; i < depth(); i++) {
      x = block(graph, "blocks." + i, x);
    }
    LayerNorm norm = new LayerNorm(LayerNorm.TRANSFORMER_EPSILON);
    if (classToken) {
      // selected before the norm: the others' normalised values would not be read
      x = graph.add("class_token", new Select(0), x);
      x = graph.add("norm", norm, x);
    } else {
      x = graph.add("pool", Pool.globalAverage(), x);
      x = graph.add("fc_norm", norm, x);
    }
    graph.add("head", new Linear(classes), x);
    return graph.build(new Loss(classes));
  }

  private int block(Graph.Builder graph, String name, int input) {
    LayerNorm norm = new LayerNorm(LayerNorm.TRANSFORMER_EPSILON);
    int x = graph.add(name + ".norm1", norm, input);
    x = graph.add(name + ".attn.qkv", new Linear.PerToken(3 * dim()), x);
    x = graph.add(name + ".attn", new Attention(heads()), x);
    x = graph.add(name + ".attn.proj", new Linear.PerToken(dim()), x);
    int middle = graph.add(name + ".add1", new Add(), input, x);
    x = graph.add(name + ".norm2", norm, middle);
    x = graph.add(name + ".mlp.fc1", new Linear.PerToken(mlp()), x);
    x = graph.add(name + ".mlp.act", new Gelu(), x);
    x = graph.add(name + ".mlp.fc2", new Linear.PerToken(dim()), x);
    return graph.add(name + ".add2", new Add(), middle, x);
  }

  /** The vision transformer of common CIFAR experiments: 6 blocks of 512 channels. */
  record Vit(
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

  /**
   * A vision transformer for small machines: 6 blocks of 192 channels, the sizes of DeiT-Ti
   * (Touvron et al. 2021, arXiv 2012.12877) at half its depth.
   */
  record VitTiny(
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
}
