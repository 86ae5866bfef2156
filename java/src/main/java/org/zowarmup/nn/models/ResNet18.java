package org.zowarmup.nn.models;

import org.zowarmup.error.Require;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/**
 * ResNet-18 (He et al. 2016, arXiv 1512.03385) for small images: a 3x3 stem without pooling, widths
 * 64-128-256-512, group norm in the place of batch norm. Nodes are named as torchvision names its
 * modules ({@code bn} stays {@code bn}), so the weights load there with {@code norm_layer} set to
 * GroupNorm.
 */
public record ResNet18(
    @Key("factor on every width; {}; 64 times it is a whole number")
        @Range(min = 0.015625, max = 16)
        double width,
    @Key("groups of every group norm at width 1; {}; they divide the narrowest width")
        @Range(min = 1, max = 1024)
        int normGroups,
    @Key(
            "multiply the groups by the width too, so that those of a narrower network hold the"
                + " same channels as the first ones of the full network")
        boolean scaleGroups)
    implements Model {
  private static final int[] WIDTHS = {64, 128, 256, 512};
  private static final int BLOCKS = 2;

  public ResNet18 {
    Require.that(
        isWhole(width * WIDTHS[0]),
        "width",
        "expected a multiple of 1/64 = 0.015625, found " + width);
    Require.that(
        !scaleGroups || (isWhole(width * normGroups) && width * normGroups >= 1),
        "normGroups",
        "expected a whole number of groups after scaling by width %s, found %d (%s groups)"
            .formatted(width, normGroups, width * normGroups));
    int narrowest = (int) (width * WIDTHS[0]);
    int groups = scaleGroups ? (int) (width * normGroups) : normGroups;
    Require.that(
        narrowest % groups == 0,
        "normGroups",
        "expected a number of groups that divides "
            + narrowest
            + " (64 channels times width), found "
            + groups);
  }

  /** The defaults. */
  public ResNet18() {
    this(1, 2, false);
  }

  private static boolean isWhole(double value) {
    return value == Math.rint(value);
  }

  /** Groups of every norm. */
  public int groups() {
    return scaleGroups ? (int) (width * normGroups) : normGroups;
  }

  int channels(int stage) {
    return (int) (width * WIDTHS[stage]);
  }

  @Override
  public String kind() {
    return "resnet18";
  }

  @Override
  public Graph build(Shape input, int classes) {
    Graph.Builder graph = Graph.builder("resnet18", input);
    int x = graph.add("conv1", new Conv(channels(0), 3, 1, 1, false), Graph.INPUT);
    x = graph.add("bn1", new GroupNorm(groups()), x);
    x = graph.add("relu", new Relu(), x);
    for (int stage = 0; stage < WIDTHS.length; stage++) {
      for (int block = 0; block < BLOCKS; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        String name = "layer" + (stage + 1) + "." + block;
        x = block(graph, name, groups(), channels(stage), stride, x);
      }
    }
    x = graph.add("avgpool", Pool.globalAverage(), x);
    graph.add("fc", new Linear(classes), x);
    return graph.build(new Loss(classes));
  }

  private static int block(
      Graph.Builder graph, String name, int groups, int width, int stride, int input) {
    int x = graph.add(name + ".conv1", new Conv(width, 3, stride, 1, false), input);
    x = graph.add(name + ".bn1", new GroupNorm(groups), x);
    x = graph.add(name + ".relu1", new Relu(), x);
    x = graph.add(name + ".conv2", new Conv(width, 3, 1, 1, false), x);
    x = graph.add(name + ".bn2", new GroupNorm(groups), x);
    int shortcut = input;
    if (stride != 1 || graph.shape(input).channels() != width) {
      shortcut = graph.add(name + ".downsample.0", new Conv(width, 1, stride, 0, false), input);
      shortcut = graph.add(name + ".downsample.1", new GroupNorm(groups), shortcut);
    }
    x = graph.add(name + ".add", new Add(), x, shortcut);
    return graph.add(name + ".relu2", new Relu(), x);
  }
}
