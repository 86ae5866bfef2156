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

/**
 * A small network for quick runs: for every entry of {@code channels} a 3x3 convolution without
 * bias, group norm, relu and 2x2 maximum pooling; then one linear layer. With [8, 16] on 28x28x1 it
 * has 9,122 parameters.
 */
public final class Cnn implements ModelProvider<Cnn.Config> {
  /**
   * @param channels filters of each convolution
   * @param normGroups groups of every group norm; divides every entry of channels
   */
  public record Config(List<Integer> channels, int normGroups) {
    public Config {
      Require.that(
          channels != null && !channels.isEmpty() && channels.size() <= 4,
          "channels",
          "expected a list of 1 to 4 whole numbers, found " + channels);
      for (Integer c : channels) {
        Require.that(
            c != null && c >= 1 && c <= 4096,
            "channels",
            "expected whole numbers from 1 to 4096, found " + channels);
      }
      Require.range("normGroups", normGroups, 1, 4096);
      for (int c : channels) {
        Require.that(
            c % normGroups == 0,
            "normGroups",
            "expected a divisor of every entry of channels " + channels + ", found " + normGroups);
      }
      channels = List.copyOf(channels);
    }
  }

  @Override
  public String kind() {
    return "cnn";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public Config defaults() {
    return new Config(List.of(8, 16), 2);
  }

  @Override
  public Graph build(Config config, Shape input, int classes) {
    Graph.Builder graph = Graph.builder("cnn", input);
    int x = Graph.INPUT;
    for (int i = 0; i < config.channels().size(); i++) {
      String number = Integer.toString(i + 1);
      x = graph.add("conv" + number, new Conv(config.channels().get(i), 3, 1, 1, false), x);
      x = graph.add("norm" + number, new GroupNorm(config.normGroups()), x);
      x = graph.add("relu" + number, new Relu(), x);
      x = graph.add("pool" + number, Pool.max(2), x);
    }
    Shape features = graph.shape(x);
    x = graph.add("flatten", new Flatten(), x);
    graph.add("fc", new Linear(classes, features), x);
    return graph.build(new Loss(classes));
  }
}
