package org.zowarmup.nn.models;

import org.zowarmup.error.Require;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;

/**
 * The network of pfl-research's CIFAR-10 benchmark (Granqvist et al. 2024, arXiv 2404.06430): two
 * 3x3 convolutions with bias and without padding, 32 and 64 filters, each rectified, 2x2 maximum
 * pooling, a hidden linear layer of 128 and the classifier; 1,626,442 parameters on 32x32x3 with 10
 * classes. Without its two dropout layers, and initialised as PyTorch does where the benchmark
 * takes Glorot's uniform law.
 */
public final class CnnPfl implements ModelProvider<CnnPfl.Config> {
  /**
   * @param filters of the first convolution; the second has twice as many
   * @param hidden outputs of the hidden linear layer
   */
  public record Config(int filters, int hidden) {
    public Config {
      Require.range("filters", filters, 1, 4096);
      Require.range("hidden", hidden, 1, 65_536);
    }
  }

  @Override
  public String kind() {
    return "cnn-pfl";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public Config defaults() {
    return new Config(32, 128);
  }

  @Override
  public Graph build(Config config, Shape input, int classes) {
    Graph.Builder graph = Graph.builder(kind(), input);
    int x = graph.add("conv1", new Conv(config.filters(), 3, 1, 0, true), Graph.INPUT);
    x = graph.add("relu1", new Relu(), x);
    x = graph.add("conv2", new Conv(2 * config.filters(), 3, 1, 0, true), x);
    x = graph.add("relu2", new Relu(), x);
    x = graph.add("pool", Pool.max(2), x);
    Shape features = graph.shape(x);
    x = graph.add("flatten", new Flatten(), x);
    x = graph.add("hidden", new Linear(config.hidden(), features), x);
    x = graph.add("relu3", new Relu(), x);
    graph.add("fc", new Linear(classes), x);
    return graph.build(new Loss(classes));
  }
}
