package org.zowarmup.nn.models;

import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/**
 * The network of pfl-research's CIFAR-10 benchmark (Granqvist et al. 2024, arXiv 2404.06430): two
 * 3x3 convolutions with bias and without padding, 32 and 64 filters, each rectified, 2x2 maximum
 * pooling, a hidden linear layer of 128 and the classifier; 1,626,442 parameters on 32x32x3 with 10
 * classes. Without its two dropout layers, and initialised as PyTorch does where the benchmark
 * takes Glorot's uniform law.
 */
public record CnnPfl(
    @Key("filters of the first convolution; {}; the second has twice as many")
        @Range(min = 1, max = 4096)
        int filters,
    @Key("outputs of the hidden linear layer") @Range(min = 1, max = 65_536) int hidden)
    implements Model {
  /** The defaults. */
  public CnnPfl() {
    this(32, 128);
  }

  @Override
  public String kind() {
    return "cnn-pfl";
  }

  @Override
  public Graph build(Shape input, int classes) {
    Graph.Builder graph = Graph.builder(kind(), input);
    int x = graph.add("conv1", new Conv(filters, 3, 1, 0, true), Graph.INPUT);
    x = graph.add("relu1", new Relu(), x);
    x = graph.add("conv2", new Conv(2 * filters, 3, 1, 0, true), x);
    x = graph.add("relu2", new Relu(), x);
    x = graph.add("pool", Pool.max(2), x);
    Shape features = graph.shape(x);
    x = graph.add("flatten", new Flatten(), x);
    x = graph.add("hidden", new Linear(hidden, features), x);
    x = graph.add("relu3", new Relu(), x);
    graph.add("fc", new Linear(classes), x);
    return graph.build(new Loss(classes));
  }
}
