package org.zowarmup.device;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.TorchOrder;
import org.zowarmup.nn.models.Cnn;
import org.zowarmup.nn.models.CnnPfl;
import org.zowarmup.nn.models.ResNet18;
import org.zowarmup.nn.models.VisionTransformer;
import org.zowarmup.nn.models.VisionTransformer.Pooling;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.CrossEntropy;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.nn.op.SampleLoss;
import org.zowarmup.nn.op.Select;

/**
 * A network of the contract suite: small, with awkward extents.
 *
 * @param batch B of the plans
 */
public record ContractCase(String name, Graph graph, int batch) {
  @Override
  public String toString() {
    return name;
  }

  /**
   * True if the reference device computes all of it in double: a user's layer is fp32 everywhere.
   */
  boolean isDouble() {
    return !hasCustomLayer();
  }

  boolean hasCustomLayer() {
    return graph.nodes().stream().anyMatch(n -> n.layer() instanceof Custom);
  }

  /** True if a device of Java alone runs it. */
  boolean hasOwnPart() {
    return hasCustomLayer() || !graph.head().isCrossEntropy();
  }

  /** The squared distance of the softmax from the label (Brier 1950); the user's own loss. */
  record Brier() implements SampleLoss {
    @Override
    public String kind() {
      return "brier";
    }

    private static double[] distances(double[] logits, int label) {
      double norm = CrossEntropy.logSumExp(logits);
      double[] apart = new double[logits.length];
      Arrays.setAll(apart, k -> Math.exp(logits[k] - norm) - (k == label ? 1 : 0));
      return apart;
    }

    @Override
    public double of(double[] logits, int label) {
      return Arrays.stream(distances(logits, label)).map(d -> d * d).sum();
    }

    @Override
    public void gradient(double[] logits, int label, double[] gradient) {
      double[] apart = distances(logits, label);
      double mean = 0;
      for (int k = 0; k < apart.length; k++) {
        mean += (apart[k] + (k == label ? 1 : 0)) * apart[k];
      }
      for (int k = 0; k < apart.length; k++) {
        gradient[k] = 2 * (apart[k] + (k == label ? 1 : 0)) * (apart[k] - mean);
      }
    }
  }

  /** y = a * x with one learned factor a channel; the user's own layer. */
  record Scale() implements Custom {
    @Override
    public Shape outputShape(String node, List<Shape> inputs) {
      return inputs.get(0);
    }

    @Override
    public List<ParameterSpec> parameters(List<Shape> inputs) {
      List<Integer> shape = List.of(inputs.get(0).channels());
      return List.of(
          new ParameterSpec(
              "weight", shape, new ParameterSpec.Initialization.Uniform(1), TorchOrder.SAME));
    }

    @Override
    public long flops(List<Shape> inputs, Shape output) {
      return output.elements();
    }

    @Override
    public void forward(int samples, FloatBuffer x, List<FloatBuffer> parameters, FloatBuffer y) {
      FloatBuffer a = parameters.get(0);
      for (int i = 0; i < y.capacity(); i++) {
        y.put(i, a.get(i % a.capacity()) * x.get(i));
      }
    }

    @Override
    public void backward(
        int samples,
        FloatBuffer x,
        List<FloatBuffer> parameters,
        FloatBuffer dy,
        FloatBuffer dx,
        List<FloatBuffer> gradients) {
      FloatBuffer a = parameters.get(0);
      double[] sums = new double[a.capacity()];
      for (int i = 0; i < dy.capacity(); i++) {
        dx.put(i, a.get(i % a.capacity()) * dy.get(i));
        sums[i % a.capacity()] += (double) x.get(i) * dy.get(i);
      }
      for (int c = 0; c < sums.length; c++) {
        gradients.get(0).put(c, (float) sums[c]);
      }
    }
  }

  static ContractCase named(String name) {
    return all().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  public static List<ContractCase> all() {
    return List.of(
        linear(1, 1, 2, 1),
        linear(13, 3, 10, 5),
        convolution("conv 1x1", new Conv(13, 1, 1, 0, true), new Shape(5, 7, 3), 3),
        convolution("conv 3x3", new Conv(8, 3, 1, 1, false), new Shape(9, 5, 1), 4),
        convolution("conv 3x3 stride 2", new Conv(17, 3, 2, 1, true), new Shape(7, 8, 5), 2),
        convolution("conv 5x5 no padding", new Conv(3, 5, 1, 0, true), new Shape(6, 7, 2), 1),
        convolution("conv 1x1 stride 2", new Conv(16, 1, 2, 0, false), new Shape(5, 5, 8), 3),
        convolution("conv 1x1 stride 2 of few", new Conv(8, 1, 2, 0, false), new Shape(8, 8, 4), 3),
        norms("one group", 6, 1),
        norms("a group a channel", 5, 5),
        norms("groups of 13", 39, 3),
        pools("max 2", Pool.max(2), new Shape(5, 7, 3)),
        pools("max 3 stride 2", new Pool(Pool.Kind.MAX, 3, 2), new Shape(7, 6, 17)),
        pools("average 2", new Pool(Pool.Kind.AVERAGE, 2, 2), new Shape(5, 4, 4)),
        pools("global average", Pool.globalAverage(), new Shape(3, 5, 33)),
        residual(true),
        residual(false),
        branches(),
        custom(),
        ownLoss(),
        tokens(1, 1, 1),
        tokens(2, 1, 2),
        tokens(13, 5, 1),
        tokens(24, 7, 3),
        transformer(Pooling.MEAN, new Shape(6, 9, 2), 12, 3, 20, 3),
        transformer(Pooling.CLASS, new Shape(3, 12, 1), 10, 2, 17, 3),
        transformer(Pooling.CLASS, new Shape(5, 5, 3), 7, 1, 3, 5),
        new ContractCase("cnn 28x28x1", cnn(new Shape(28, 28, 1)), 3),
        new ContractCase("cnn 32x32x3", cnn(new Shape(32, 32, 3)), 2),
        new ContractCase("cnn-pfl 9x10x3", new CnnPfl(5, 13).build(new Shape(9, 10, 3), 10), 3),
        resnet18(),
        vitTiny());
  }

  /** A quarter of the width: the suite has many passes over all weights. */
  private static ContractCase resnet18() {
    Graph graph = new ResNet18(0.25, 2, false).build(new Shape(8, 8, 3), 10);
    return new ContractCase("resnet18 8x8x3, a quarter wide", graph, 2);
  }

  /** The depth and the heads of vit-tiny with a quarter of its channels. */
  private static ContractCase vitTiny() {
    VisionTransformer.VitTiny narrow =
        new VisionTransformer.VitTiny(48, 6, 3, 192, 4, Pooling.CLASS);
    return new ContractCase("vit-tiny 12x8x3", narrow.build(new Shape(12, 8, 3), 10), 2);
  }

  /** Attention, layer norm, GELU and linear layers of tokens, each read twice or in place. */
  private static ContractCase tokens(int channels, int tokens, int heads) {
    Graph.Builder graph = Graph.builder("tokens", new Shape(1, tokens, 4));
    int x = graph.add("in", new Linear.PerToken(channels), Graph.INPUT);
    int norm = graph.add("norm", new LayerNorm(1e-6f), x);
    int qkv = graph.add("qkv", new Linear.PerToken(3 * channels), norm);
    int attention = graph.add("attention", new Attention(heads), qkv);
    int gelu = graph.add("gelu", new Gelu(), x);
    int sum = graph.add("sum", new Add(), attention, gelu);
    x = graph.add("again", new Add(), sum, x);
    x = graph.add("select", new Select(tokens / 2), x);
    return end("tokens %dx%d, %d heads".formatted(tokens, channels, heads), graph, x, 3, 3);
  }

  private static ContractCase transformer(
      Pooling pooling, Shape in, int dim, int heads, int mlp, int patch) {
    VisionTransformer.Vit small = new VisionTransformer.Vit(dim, 2, heads, mlp, patch, pooling);
    return new ContractCase("vit " + pooling + " " + in, small.build(in, 4), 3);
  }

  private static Graph cnn(Shape input) {
    return new Cnn().build(input, 10);
  }

  private static Graph.Builder head(Graph.Builder graph, int x, int classes) {
    Shape shape = graph.shape(x);
    int flat = shape.pixels() == 1 ? x : graph.add("flatten", new Flatten(), x);
    graph.add("fc", new Linear(classes, shape.pixels() == 1 ? null : shape), flat);
    return graph;
  }

  private static ContractCase end(String name, Graph.Builder graph, int x, int classes, int batch) {
    return new ContractCase(name, head(graph, x, classes).build(new Loss(classes)), batch);
  }

  private static ContractCase linear(int side, int channels, int classes, int batch) {
    Graph.Builder graph = Graph.builder("linear", new Shape(side, 1, channels));
    return end("linear " + side + "x1x" + channels, graph, Graph.INPUT, classes, batch);
  }

  private static ContractCase convolution(String name, Conv conv, Shape in, int batch) {
    Graph.Builder graph = Graph.builder(name, in);
    int x = graph.add("conv", conv, Graph.INPUT);
    x = graph.add("relu", new Relu(), x);
    // the second one asks for the gradient of the first one's output
    x = graph.add("conv2", new Conv(4, 1, 1, 0, true), x);
    return end(name, graph, x, 3, batch);
  }

  private static ContractCase norms(String name, int channels, int groups) {
    Graph.Builder graph = Graph.builder(name, new Shape(3, 5, 2));
    int x = graph.add("conv", new Conv(channels, 3, 1, 1, true), Graph.INPUT);
    x = graph.add("norm", new GroupNorm(groups), x);
    x = graph.add("relu", new Relu(), x);
    x = graph.add("norm2", new GroupNorm(groups), x);
    return end("group norm, " + name, graph, x, 4, 3);
  }

  private static ContractCase pools(String name, Pool pool, Shape in) {
    Graph.Builder graph = Graph.builder(name, in);
    int x = graph.add("conv", new Conv(in.channels(), 1, 1, 0, true), Graph.INPUT);
    x = graph.add("pool", pool, x);
    return end("pool, " + name, graph, x, 5, 3);
  }

  /**
   * The join of a residual block, with the shortcut's norm or the main path's taken into one step.
   */
  private static ContractCase residual(boolean downsample) {
    Graph.Builder graph = Graph.builder("residual", new Shape(5, 3, 4));
    int in = graph.add("stem", new Conv(6, 3, 1, 1, false), Graph.INPUT);
    int x = graph.add("conv", new Conv(6, 3, 1, 1, false), in);
    x = graph.add("norm", new GroupNorm(2), x);
    int shortcut = in;
    if (downsample) {
      shortcut = graph.add("down", new Conv(6, 1, 1, 0, false), in);
      shortcut = graph.add("downnorm", new GroupNorm(3), shortcut);
    }
    x = graph.add("add", new Add(), downsample ? x : shortcut, downsample ? shortcut : x);
    x = graph.add("relu", new Relu(), x);
    return end("residual" + (downsample ? " with downsampling" : ""), graph, x, 3, 4);
  }

  /**
   * A value with three readers, a sum of a value with itself, a relu after a plain sum, a norm
   * whose output is read twice.
   */
  private static ContractCase branches() {
    Graph.Builder graph = Graph.builder("branches", new Shape(4, 4, 3));
    int a = graph.add("a", new Conv(4, 3, 1, 1, true), Graph.INPUT);
    int b = graph.add("b", new Conv(4, 1, 1, 0, true), a);
    int c = graph.add("c", new Relu(), a);
    int sum = graph.add("sum", new Add(), b, c);
    int relu = graph.add("sumrelu", new Relu(), sum);
    int twice = graph.add("twice", new Add(), relu, relu);
    int norm = graph.add("norm", new GroupNorm(2), twice);
    int again = graph.add("again", new Add(), norm, a);
    int last = graph.add("last", new Add(), again, norm);
    return end("branches", graph, last, 3, 3);
  }

  private static ContractCase custom() {
    Graph.Builder graph = Graph.builder("custom", new Shape(3, 3, 2));
    int x = graph.add("conv", new Conv(5, 3, 1, 1, true), Graph.INPUT);
    x = graph.add("scale", new Scale(), x);
    x = graph.add("relu", new Relu(), x);
    return end("custom layer", graph, x, 3, 3);
  }

  private static ContractCase ownLoss() {
    Graph.Builder graph = Graph.builder("own loss", new Shape(3, 3, 2));
    int x = graph.add("conv", new Conv(5, 3, 1, 1, true), Graph.INPUT);
    ContractCase plain = end("own loss", graph, graph.add("gelu", new Gelu(), x), 4, 3);
    return new ContractCase(plain.name, plain.graph.with(new Brier()), plain.batch);
  }
}
