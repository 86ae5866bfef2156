package org.zowarmup.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the parameters of a {@link SubNetwork} lie in the flat buffer of the full network: of every
 * tensor the leading part along each of its axes. The columns of a linear layer after a flatten are
 * height, width and channel, of which only the channels get fewer; in PyTorch's order, channel
 * first, these are the leading columns.
 */
public final class SubNetworkIndex {
  private static final int PADDING = -1;

  private final int[] positions;

  /**
   * @throws IllegalArgumentException where the tensors of the layouts differ in name or number of
   *     axes, or a tensor of the sub-network is the larger one
   */
  public SubNetworkIndex(ParameterLayout full, ParameterLayout sub) {
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
