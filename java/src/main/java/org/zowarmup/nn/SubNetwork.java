package org.zowarmup.nn;

import java.util.List;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Layer;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;

/**
 * The narrower networks that HeteroFL (Diao, Ding and Tarokh 2021, arXiv 2010.01264, section 3)
 * takes out of a network: of every hidden layer the first r of all channels, so that each of its
 * tensors is the leading part of the full one, {@code W_l^p = W_g[: r d_g][: r k_g]}. The channels
 * of the images and the classes stay whole. {@link SubNetworkIndex} says which parameters these
 * are.
 */
public final class SubNetwork {
  /** The most that a product with a width may differ from a whole number, relative to it. */
  private static final double ROUNDING = 1e-9;

  private static final String LAYERS =
      "a convolution, linear layer, group norm, ReLU, addition, pooling or flatten, the layers that"
          + " a part of the channels can be taken of";

  private final Graph full;
  private final double width;
  private final Graph.Builder graph;

  private SubNetwork(Graph full, double width) {
    this.full = full;
    this.width = width;
    this.graph = Graph.builder(full.name(), full.input());
  }

  /**
   * The network with the first part of the channels of every hidden layer. A group norm has width
   * times the groups, so that its groups hold the same channels as the full network's first ones;
   * where that is no whole number, it has as many groups as in the full network.
   *
   * @param width r, above 0 and at most 1
   * @throws ShapeException naming a layer that a part of the channels cannot be taken of, or whose
   *     channels or groups the width does not divide
   */
  public static Graph of(Graph full, double width) {
    if (!(width > 0 && width <= 1)) {
      throw new IllegalArgumentException("width must be above 0 and at most 1, found " + width);
    }
    return new SubNetwork(full, width).build();
  }

  private Graph build() {
    Graph.Node last = full.nodes().get(full.nodes().size() - 1);
    for (Graph.Node node : full.nodes()) {
      int[] inputs = node.inputs().stream().mapToInt(Integer::intValue).toArray();
      graph.add(node.name(), narrower(node, node.id() == last.id()), inputs);
    }
    return graph.build(full.head());
  }

  private Layer narrower(Graph.Node node, boolean isLast) {
    Layer layer = node.layer();
    if (layer instanceof Linear linear) {
      int out = isLast ? linear.outFeatures() : channels(node, linear.outFeatures());
      return new Linear(out, flattened(node, linear.flattened()));
    }
    if (layer instanceof Conv conv && !isLast) {
      int out = channels(node, conv.outChannels());
      return new Conv(out, conv.kernel(), conv.stride(), conv.padding(), conv.bias());
    }
    if (layer instanceof GroupNorm norm) {
      return new GroupNorm(groups(node, norm), norm.epsilon());
    }
    if (layer instanceof Relu
        || layer instanceof Add
        || layer instanceof Pool
        || layer instanceof Flatten) {
      return layer;
    }
    throw new ShapeException(node.name(), LAYERS, layer.getClass().getSimpleName());
  }

  private int channels(Graph.Node node, int all) {
    double part = width * all;
    if (!isWhole(part)) {
      throw new ShapeException(
          node.name(),
          "a whole number of channels",
          "%s, which is %s of %d".formatted((float) part, width, all));
    }
    return (int) Math.rint(part);
  }

  private int groups(Graph.Node node, GroupNorm norm) {
    double part = width * norm.groups();
    int groups = isWhole(part) ? (int) Math.rint(part) : norm.groups();
    int channels = graph.shape(node.inputs().get(0)).channels();
    if (channels % groups != 0) {
      throw new ShapeException(
          node.name(),
          "a number of groups that the width makes whole, or that divides the %d channels left of %d"
              .formatted(channels, node.shape().channels()),
          norm.groups() + "");
    }
    return groups;
  }

  private static boolean isWhole(double part) {
    return part >= 1 - ROUNDING && Math.abs(part - Math.rint(part)) <= ROUNDING * part;
  }

  /** The shape before a flatten, with the channels that are left. */
  private Shape flattened(Graph.Node node, Shape before) {
    if (before == null) {
      return null;
    }
    int features = graph.shape(node.inputs().get(0)).elements();
    return new Shape(before.height(), before.width(), features / before.pixels());
  }

  /**
   * A narrower network with HeteroFL's scaler (section 3, "Static batch norm and scaler"): while it
   * is trained, what a hidden convolution or linear layer puts out is divided by the width, for its
   * sums have fewer terms than in the full network. Here every such layer is followed by a group
   * norm, and (x / r) normalised with epsilon e is x normalised with e r^2:
   *
   * <pre>(x / r - mean / r) / sqrt(var / r^2 + e) = (x - mean) / sqrt(var + r^2 e)</pre>
   *
   * So the scaler becomes a smaller epsilon and costs nothing. Where r is a power of two this is
   * the same to the bit, forward and backward, else to rounding. Against a network without scaler
   * it only tells where the variance of a group is so small that epsilon counts.
   *
   * @param width r of the narrower network; 1 needs no scaler and changes nothing
   * @throws ShapeException naming a hidden layer that does not go into a group norm alone
   */
  public static Graph withScaler(Graph narrower, double width) {
    if (width == 1) {
      return narrower;
    }
    List<Graph.Node> nodes = narrower.nodes();
    Graph.Builder graph = Graph.builder(narrower.name(), narrower.input());
    for (Graph.Node node : nodes) {
      requireNorm(nodes, node);
      int[] inputs = node.inputs().stream().mapToInt(Integer::intValue).toArray();
      Layer layer = node.layer();
      if (layer instanceof GroupNorm norm) {
        layer = new GroupNorm(norm.groups(), (float) (norm.epsilon() * width * width));
      }
      graph.add(node.name(), layer, inputs);
    }
    return graph.build(narrower.head());
  }

  private static void requireNorm(List<Graph.Node> nodes, Graph.Node node) {
    boolean isScaled = node.layer() instanceof Conv || node.layer() instanceof Linear;
    if (!isScaled || node.id() == nodes.size() - 1) {
      return;
    }
    List<Graph.Node> readers = nodes.stream().filter(n -> n.inputs().contains(node.id())).toList();
    if (readers.stream().anyMatch(reader -> !(reader.layer() instanceof GroupNorm))) {
      throw new ShapeException(
          node.name(),
          "a group norm after it, into which the scaler goes",
          readers.get(0).layer().getClass().getSimpleName());
    }
  }
}
