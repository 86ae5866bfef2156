package org.zowarmup.nn.models;

import java.util.List;
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

/**
 * A vision transformer (Dosovitskiy et al. 2021, arXiv 2010.11929) for small images: patches
 * embedded by a convolution, learned positions, pre-norm blocks of self-attention and a tanh-GELU
 * MLP, no dropout. Nodes are named as timm names its modules, so the weights load into a timm
 * {@code VisionTransformer} of the same sizes whose {@code act_layer} is the tanh GELU ({@code
 * global_pool} {@code "avg"} for mean pooling, {@code "token"} for the class token).
 */
public final class VisionTransformer {
  /** The classifier reads the mean over all tokens; there is no class token. */
  static final String MEAN = "mean";

  /** The classifier reads a learned token that stands before the patches. */
  static final String CLASS = "class";

  /**
   * @param dim channels of a token, D; a multiple of heads
   * @param depth number of blocks
   * @param heads attention heads
   * @param mlp hidden channels of a block's MLP
   * @param patch height and width of a patch in pixels; divides those of the image
   * @param pooling what the classifier reads: {@link #MEAN} or {@link #CLASS}
   */
  public record Config(int dim, int depth, int heads, int mlp, int patch, String pooling) {
    public Config {
      Require.range("dim", dim, 1, 8192);
      Require.range("depth", depth, 1, 128);
      Require.range("heads", heads, 1, 256);
      Require.that(
          dim % heads == 0, "heads", "expected a divisor of dim " + dim + ", found " + heads);
      Require.range("mlp", mlp, 1, 65536);
      Require.range("patch", patch, 1, 256);
      Require.oneOf("pooling", pooling, List.of(MEAN, CLASS));
    }
  }

  private VisionTransformer() {}

  static Graph build(String name, Config config, Shape input, int classes) {
    int patch = config.patch();
    if (input.height() % patch != 0 || input.width() % patch != 0) {
      throw new ShapeException(
          "patch_embed.proj", "images whose sides " + patch + " divides", input.toString());
    }
    boolean classToken = config.pooling().equals(CLASS);
    Graph.Builder graph = Graph.builder(name, input);
    Conv embedding = new Conv(config.dim(), patch, patch, 0, true);
    int x = graph.add("patch_embed.proj", embedding, Graph.INPUT);
    x = graph.add("tokens", new Embedding(classToken), x);
    for (int i = 0; i < config.depth(); i++) {
      x = block(graph, "blocks." + i, config, x);
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

  private static int block(Graph.Builder graph, String name, Config config, int input) {
    LayerNorm norm = new LayerNorm(LayerNorm.TRANSFORMER_EPSILON);
    int x = graph.add(name + ".norm1", norm, input);
    x = graph.add(name + ".attn.qkv", new Linear.PerToken(3 * config.dim()), x);
    x = graph.add(name + ".attn", new Attention(config.heads()), x);
    x = graph.add(name + ".attn.proj", new Linear.PerToken(config.dim()), x);
    int middle = graph.add(name + ".add1", new Add(), input, x);
    x = graph.add(name + ".norm2", norm, middle);
    x = graph.add(name + ".mlp.fc1", new Linear.PerToken(config.mlp()), x);
    x = graph.add(name + ".mlp.act", new Gelu(), x);
    x = graph.add(name + ".mlp.fc2", new Linear.PerToken(config.dim()), x);
    return graph.add(name + ".add2", new Add(), middle, x);
  }
}
