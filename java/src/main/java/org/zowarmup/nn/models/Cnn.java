package org.zowarmup.nn.models;

import java.util.List;
import org.zowarmup.error.Require;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/**
 * A small network for quick runs: for every entry of {@code channels} a 3x3 convolution without
 * bias, group norm, relu and 2x2 maximum pooling; then one linear layer. With [8, 16] on 28x28x1 it
 * has 9,122 parameters.
 */
public record Cnn(
    @Key("filters of each of 1 to 4 convolutions; {}") @Range(min = 1, max = 4096)
        List<Integer> channels,
    @Key("groups of every group norm; {}; divides every entry of channels")
        @Range(min = 1, max = 4096)
        int normGroups)
    implements Model {
  public Cnn {
    channels = List.copyOf(channels);
    Require.that(
        !channels.isEmpty() && channels.size() <= 4,
        "channels",
        "expected a list of 1 to 4 whole numbers, found " + channels);
    for (int c : channels) {
      Require.that(
          c % normGroups == 0,
          "normGroups",
          "expected a divisor of every entry of channels " + channels + ", found " + normGroups);
    }
  }

  /** The defaults. */
  public Cnn() {
    this(List.of(8, 16), 2);
  }

  @Override
  public String kind() {
    return "cnn";
  }

  @Override
  public Graph build(Shape input, int classes) {
    Graph.Builder graph = Graph.builder("cnn", input);
    int x = Graph.INPUT;
    for (int i = 0; i < channels.size(); i++) {
      String number = Integer.toString(i + 1);
      x = graph.add("conv" + number, new Conv(channels.get(i), 3, 1, 1, false), x);
      x = graph.add("norm" + number, new GroupNorm(normGroups), x);
      x = graph.add("relu" + number, new Relu(), x);
      x = graph.add("pool" + number, Pool.max(2), x);
    }
    Shape features = graph.shape(x);
    x = graph.add("flatten", new Flatten(), x);
    graph.add("fc", new Linear(classes, features), x);
    return graph.build(new Loss(classes));
  }
}
