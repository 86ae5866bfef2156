package org.zowarmup.nn;

import java.util.ArrayList;
import java.util.Arrays;
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
 * of the images and the classes stay whole. {@link Index} says which parameters these are.
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
   * where that is not a whole number, it has as many groups as in the full network.
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

  /**
   * Maps the parameters of a {@link SubNetwork} lie in the flat buffer of the full network: of
   * every tensor the leading part along each of its axes. The columns of a linear layer after a
   * flatten are height, width and channel, of which only the channels get fewer; in PyTorch's
   * order, channel first, these are the leading columns.
   */
  public static final class Index {
    private static final int PADDING = -1;

    private final int[] positions;

    /**
     * @throws IllegalArgumentException where the tensors of the layouts differ in name or number of
     *     axes, or a tensor of the sub-network is the larger one
     */
    public Index(ParameterLayout full, ParameterLayout sub) {
      if (full.tensors().size() != sub.tensors().size()) {
        throw new IllegalArgumentException(
            "expected as many tensors in both layouts, found %d in the full one and %d in the sub one"
                .formatted(full.tensors().size(), sub.tensors().size()));
      }
      this.positions = new int[Math.toIntExact(sub.length())];
      Arrays.fill(positions, PADDING);
      for (int t = 0; t < sub.tensors().size(); t++) {
        place(full.tensors().get(t), sub.tensors().get(t));
      }
    }

    private void place(ParameterTensor full, ParameterTensor sub) {
      List<Integer> all = axes(full);
      List<Integer> part = axes(sub);
      boolean fits = full.name().equals(sub.name()) && all.size() == part.size();
      for (int axis = 0; fits && axis < all.size(); axis++) {
        fits = part.get(axis) <= all.get(axis);
      }
      if (!fits) {
        throw new IllegalArgumentException(
            "expected %s%s to be a leading part of %s%s"
                .formatted(sub.name(), part, full.name(), all));
      }
      int[] at = new int[part.size()];
      for (int i = 0; i < sub.size(); i++) {
        int position = 0;
        for (int axis = 0; axis < at.length; axis++) {
          position = position * all.get(axis) + at[axis];
        }
        positions[(int) sub.offset() + i] = (int) full.offset() + position;
        for (int axis = at.length - 1; axis >= 0 && ++at[axis] == part.get(axis); axis--) {
          at[axis] = 0;
        }
      }
    }

    /** Extents in row-major order, with the pixels and channels after a flatten kept apart. */
    private static List<Integer> axes(ParameterTensor tensor) {
      List<Integer> shape = tensor.spec().shape();
      if (!(tensor.spec().torch() instanceof TorchOrder.LinearAfterFlatten linear)) {
        return shape;
      }
      Shape before = linear.flattened();
      List<Integer> axes = new ArrayList<>(shape.subList(0, shape.size() - 1));
      axes.addAll(List.of(before.height(), before.width(), before.channels()));
      return axes;
    }

    /**
     * The parameters of the sub-network.
     *
     * @param full [length of the full layout]
     * @return [length of the sub layout], zero in the padding
     */
    public float[] slice(float[] full) {
      float[] sub = new float[positions.length];
      for (int i = 0; i < sub.length; i++) {
        sub[i] = positions[i] == PADDING ? 0 : full[positions[i]];
      }
      return sub;
    }

    /**
     * Puts the parameters of the sub-network into a full network's buffer, and leaves the others.
     *
     * @param sub [length of the sub layout]
     * @param full [length of the full layout]
     */
    public void scatter(float[] sub, float[] full) {
      for (int i = 0; i < sub.length; i++) {
        if (positions[i] != PADDING) {
          full[positions[i]] = sub[i];
        }
      }
    }

    /**
     * Copies the parameters that the sub-network has from one full buffer to another.
     *
     * @param from [length of the full layout]
     * @param to [length of the full layout]
     */
    public void copyHeld(float[] from, float[] to) {
      for (int position : positions) {
        if (position != PADDING) {
          to[position] = from[position];
        }
      }
    }
  }
}
