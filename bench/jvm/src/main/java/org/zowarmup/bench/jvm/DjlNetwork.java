package org.zowarmup.bench.jvm;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.zowarmup.bench.peers.Batches;
import org.zowarmup.bench.peers.Side;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.record.weights.Safetensors.Tensor;

/**
 * A network of ours in the functions of DJL's PyTorch, NCHW. DJL has no group norm: it is a layer
 * norm of each group.
 */
final class DjlNetwork implements AutoCloseable {
  private final Start start;
  private final NDManager manager = NDManager.newBaseManager("PyTorch");
  private final Map<String, NDArray> weights = new LinkedHashMap<>();
  private final Map<Long, NDList> plain = new HashMap<>();
  private final NDArray images;
  private final NDArray labels;
  private final Loss loss = Loss.softmaxCrossEntropyLoss();
  private final Optimizer sgd =
      Optimizer.sgd()
          .setLearningRateTracker(Tracker.fixed(Batches.LR))
          .optWeightDecays(Batches.WEIGHT_DECAY)
          .build();

  /**
   * @param training whether gradients are wanted
   */
  DjlNetwork(Start start, boolean training) {
    this.start = start;
    start
        .weights()
        .forEach(
            (name, tensor) -> {
              long[] shape = Arrays.stream(tensor.shape()).asLongStream().toArray();
              NDArray array = manager.create(tensor.values(), new Shape(shape));
              array.setRequiresGradient(training);
              weights.put(name, array);
            });
    org.zowarmup.nn.Shape in = start.graph().input();
    images =
        manager.create(
            start.channelsFirst(),
            new Shape(start.batch(), in.channels(), in.height(), in.width()));
    labels = manager.create(Arrays.stream(start.labels()).asLongStream().toArray());
  }

  static String version() {
    return Engine.getEngine("PyTorch").getVersion();
  }

  private NDArray parameter(Graph.Node node, int i) {
    List<ParameterTensor> own = node.parameters();
    return i < own.size() ? weights.get(own.get(i).name()) : null;
  }

  private NDArray logits() {
    Map<Integer, NDArray> values = new HashMap<>(Map.of(Graph.INPUT, images));
    NDArray last = images;
    for (Graph.Node node : start.graph().nodes()) {
      NDArray x = values.get(node.inputs().get(0));
      last = node.layer() instanceof Add ? x.add(values.get(node.inputs().get(1))) : apply(node, x);
      values.put(node.id(), last);
    }
    return last;
  }

  private NDArray apply(Graph.Node node, NDArray x) {
    if (node.layer() instanceof Conv conv) {
      return Conv2d.conv2d(
              x,
              parameter(node, 0),
              parameter(node, 1),
              new Shape(conv.stride(), conv.stride()),
              new Shape(conv.padding(), conv.padding()),
              new Shape(1, 1))
          .head();
    }
    if (node.layer() instanceof GroupNorm norm) {
      return groupNorm(x, norm, parameter(node, 0), parameter(node, 1));
    }
    if (node.layer() instanceof Relu) {
      return Activation.relu(x);
    }
    if (node.layer() instanceof org.zowarmup.nn.op.Pool pool) {
      if (pool.equals(org.zowarmup.nn.op.Pool.globalAverage())) {
        return Pool.globalAvgPool2d(x);
      }
      return Pool.maxPool2d(
          x,
          new Shape(pool.kernel(), pool.kernel()),
          new Shape(pool.stride(), pool.stride()),
          new Shape(0, 0),
          false);
    }
    if (node.layer() instanceof Flatten) {
      return x.reshape(start.batch(), -1);
    }
    if (node.layer() instanceof org.zowarmup.nn.op.Linear) {
      NDArray rows = x.reshape(start.batch(), -1);
      return Linear.linear(rows, parameter(node, 0), parameter(node, 1)).head();
    }
    throw new IllegalStateException("no such layer in DJL: " + node.layer());
  }

  private NDArray groupNorm(NDArray x, GroupNorm norm, NDArray gain, NDArray bias) {
    long channels = x.getShape().get(1);
    long size = x.getShape().size() / start.batch() / norm.groups();
    NDList one =
        plain.computeIfAbsent(
            size, s -> new NDList(manager.ones(new Shape(s)), manager.zeros(new Shape(s))));
    NDArray rows = x.reshape(start.batch(), norm.groups(), size);
    NDArray normed =
        LayerNorm.layerNorm(rows, new Shape(size), one.get(0), one.get(1), norm.epsilon()).head();
    return normed
        .reshape(x.getShape())
        .mul(gain.reshape(1, channels, 1, 1))
        .add(bias.reshape(1, channels, 1, 1));
  }

  /** Lends the batch to a manager whose end frees what was computed of it. */
  private NDManager pass() {
    NDManager pass = manager.newSubManager();
    pass.tempAttachAll(new NDList(images, labels));
    return pass;
  }

  private void backward() {
    try (NDManager pass = pass();
        GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      collector.backward(loss.evaluate(new NDList(labels), new NDList(logits())));
    }
  }

  private void zeroGradients() {
    weights.values().forEach(w -> w.getGradient().subi(w.getGradient()));
  }

  /** Logits and the gradient of the mean loss; of a network that trains. */
  Computed compute() {
    float[] found;
    try (NDManager pass = pass()) {
      found = logits().toFloatArray();
    }
    backward();
    Map<String, Tensor> gradients = new HashMap<>();
    weights.forEach(
        (name, w) ->
            gradients.put(
                name,
                new Tensor(
                    name, start.weights().get(name).shape(), w.getGradient().toFloatArray())));
    zeroGradients();
    return new Computed(found, start.flat(gradients));
  }

  Side forward() {
    return new Side() {
      @Override
      public void run() {
        try (NDManager pass = pass()) {
          loss.evaluate(new NDList(labels), new NDList(logits())).getFloat();
        }
      }

      @Override
      public void close() {
        DjlNetwork.this.close();
      }
    };
  }

  Side trainStep() {
    return new Side() {
      @Override
      public void run() {
        backward();
        weights.forEach((name, w) -> sgd.update(name, w, w.getGradient()));
        zeroGradients();
      }

      @Override
      public void close() {
        DjlNetwork.this.close();
      }
    };
  }

  @Override
  public void close() {
    manager.close();
  }
}
