package org.zowarmup.nn.models;

import org.zowarmup.error.Require;
import org.zowarmup.nn.Add;
import org.zowarmup.nn.Conv2d;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.GroupNorm;
import org.zowarmup.nn.Linear;
import org.zowarmup.nn.Pool2d;
import org.zowarmup.nn.Relu;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.SoftmaxCrossEntropy;

/**
 * ResNet-18 (He et al. 2016, arXiv 1512.03385) for small images: a 3x3 stem without pooling, widths
 * 64-128-256-512, group norm in the place of batch norm. Nodes are named as torchvision names its
 * modules ({@code bn} stays {@code bn}), so the weights load there with {@code norm_layer} set to
 * GroupNorm.
 */
public final class ResNet18 implements ModelProvider<ResNet18.Config> {
  private static final int[] WIDTHS = {64, 128, 256, 512};
  private static final int BLOCKS = 2;

  /**
   * @param normGroups groups of every group norm; divides 64
   */
  public record Config(int normGroups) {
    public Config {
      Require.range("normGroups", normGroups, 1, WIDTHS[0]);
      Require.that(
          WIDTHS[0] % normGroups == 0,
          "normGroups",
          "expected a divisor of " + WIDTHS[0] + ", found " + normGroups);
    }
  }

  @Override
  public String kind() {
    return "resnet18";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public Config defaults() {
    return new Config(2);
  }

  @Override
  public Graph build(Config config, Shape input, int classes) {
    Graph.Builder graph = Graph.builder("resnet18", input);
    int x = graph.add("conv1", new Conv2d(WIDTHS[0], 3, 1, 1, false), Graph.INPUT);
    x = graph.add("bn1", new GroupNorm(config.normGroups()), x);
    x = graph.add("relu", new Relu(), x);
    for (int stage = 0; stage < WIDTHS.length; stage++) {
      for (int block = 0; block < BLOCKS; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        String name = "layer" + (stage + 1) + "." + block;
        x = block(graph, name, config.normGroups(), WIDTHS[stage], stride, x);
      }
    }
    x = graph.add("avgpool", Pool2d.globalAverage(), x);
    graph.add("fc", new Linear(classes), x);
    return graph.build(new SoftmaxCrossEntropy(classes));
  }

  private static int block(
      Graph.Builder graph, String name, int groups, int width, int stride, int input) {
    int x = graph.add(name + ".conv1", new Conv2d(width, 3, stride, 1, false), input);
    x = graph.add(name + ".bn1", new GroupNorm(groups), x);
    x = graph.add(name + ".relu1", new Relu(), x);
    x = graph.add(name + ".conv2", new Conv2d(width, 3, 1, 1, false), x);
    x = graph.add(name + ".bn2", new GroupNorm(groups), x);
    int shortcut = input;
    if (stride != 1 || graph.shape(input).channels() != width) {
      shortcut = graph.add(name + ".downsample.0", new Conv2d(width, 1, stride, 0, false), input);
      shortcut = graph.add(name + ".downsample.1", new GroupNorm(groups), shortcut);
    }
    x = graph.add(name + ".add", new Add(), x, shortcut);
    return graph.add(name + ".relu2", new Relu(), x);
  }
}
