package org.zowarmup.nn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Turns a graph into the ordered steps of a plan; values have no place yet. */
final class Lowering {
  private final Graph graph;
  private final boolean training;
  private final Fusions fusions;
  private final List<Op> ops = new ArrayList<>();
  private final List<Value> values = new ArrayList<>();
  private final Map<Integer, Value> outputs = new HashMap<>();
  private final Map<Value, List<Value>> gradients = new HashMap<>();

  private Lowering(Graph graph, boolean training) {
    this.graph = graph;
    this.training = training;
    this.fusions = Fusions.of(graph);
  }

  /**
   * Steps and values; the first value is the image batch, {@code logits} the one that the loss
   * reads.
   */
  record Result(List<Op> ops, List<Value> values, Value input, Value logits) {}

  static Result lower(Graph graph, boolean training) {
    Lowering lowering = new Lowering(graph, training);
    Value input = lowering.value("input", graph.input().elements());
    lowering.outputs.put(Graph.INPUT, input);
    for (Node node : graph.nodes()) {
      lowering.forward(node);
    }
    Node last = graph.nodes().get(graph.nodes().size() - 1);
    Value logits = lowering.outputs.get(last.id());
    lowering.ops.add(new Op.LossForward("loss", graph.classes(), logits));
    if (training) {
      lowering.backward(input, logits);
    }
    return new Result(List.copyOf(lowering.ops), List.copyOf(lowering.values), input, logits);
  }

  private Value value(String name, long perSample) {
    Value value = new Value(values.size(), name, perSample);
    values.add(value);
    return value;
  }

  /** A new value for the output of a node; {@code ids} are the nodes whose output it is. */
  private Value output(Node node, int... ids) {
    Value value = value(node.name(), node.shape().elements());
    for (int id : ids) {
      outputs.put(id, value);
    }
    return value;
  }

  private void forward(Node node) {
    if (fusions.absorbed().contains(node.id())) {
      return;
    }
    Fusions.Norm fused = fusions.norms().get(node.id());
    if (fused != null) {
      groupNorm(fused);
      return;
    }
    Value x = outputs.get(node.inputs().get(0));
    Layer layer = node.layer();
    if (layer instanceof Conv2d conv) {
      ParameterTensor bias = conv.bias() ? node.parameters().get(1) : null;
      ops.add(
          new Op.ConvForward(
              node.name(),
              conv,
              node.inputShape(),
              node.shape(),
              x,
              output(node, node.id()),
              node.parameters().get(0),
              bias));
    } else if (layer instanceof Relu) {
      ops.add(new Op.ReluForward(node.name(), x, output(node, node.id())));
    } else if (layer instanceof Add) {
      Value b = outputs.get(node.inputs().get(1));
      int relu = fusions.reluAfterAdd().getOrDefault(node.id(), node.id());
      Value y = output(node, node.id(), relu);
      ops.add(new Op.AddForward(node.name(), x, b, relu != node.id(), y));
    } else if (layer instanceof Pool2d pool) {
      Value y = output(node, node.id());
      ops.add(new Op.PoolForward(node.name(), pool, node.inputShape(), node.shape(), x, y));
    } else if (layer instanceof Flatten) {
      outputs.put(node.id(), x);
    } else if (layer instanceof Linear) {
      ops.add(
          new Op.LinearForward(
              node.name(),
              1,
              node.inputShape().elements(),
              node.shape().elements(),
              x,
              output(node, node.id()),
              node.parameters().get(0),
              node.parameters().get(1)));
    } else if (layer instanceof CustomLayer custom) {
      Value y = output(node, node.id());
      ops.add(
          new Op.CustomForward(
              node.name(), custom, node.inputShape(), node.shape(), x, y, node.parameters()));
    } else {
      tokens(node, x);
    }
  }

  private void tokens(Node node, Value x) {
    Layer layer = node.layer();
    String name = node.name();
    List<ParameterTensor> own = node.parameters();
    int tokens = node.shape().pixels();
    int channels = node.shape().channels();
    Value y = output(node, node.id());
    if (layer instanceof TokenEmbedding embedding) {
      ParameterTensor classToken = embedding.classToken() ? own.get(0) : null;
      ParameterTensor position = own.get(own.size() - 1);
      ops.add(new TokenOp.EmbeddingForward(name, tokens, channels, x, y, classToken, position));
    } else if (layer instanceof TokenLinear) {
      int in = node.inputShape().channels();
      ops.add(new Op.LinearForward(name, tokens, in, channels, x, y, own.get(0), own.get(1)));
    } else if (layer instanceof LayerNorm norm) {
      Value mean = training ? value(name + ".mean", tokens) : null;
      Value rstd = training ? value(name + ".rstd", tokens) : null;
      ops.add(
          new TokenOp.LayerNormForward(
              name, norm, tokens, channels, x, y, mean, rstd, own.get(0), own.get(1)));
    } else if (layer instanceof Attention attention) {
      Value p = value(name + ".probabilities", pairs(tokens, attention.heads()));
      ops.add(new TokenOp.AttentionForward(name, tokens, channels, attention.heads(), x, y, p));
    } else if (layer instanceof Gelu) {
      ops.add(new TokenOp.GeluForward(name, x, y));
    } else if (layer instanceof SelectToken select) {
      int all = node.inputShape().pixels();
      ops.add(new TokenOp.SelectForward(name, all, channels, select.index(), x, y));
    } else {
      throw new IllegalStateException("no lowering for layer " + layer);
    }
  }

  private static long pairs(int tokens, int heads) {
    return (long) heads * tokens * tokens;
  }

  private void groupNorm(Fusions.Norm fused) {
    Node node = fused.norm();
    GroupNorm norm = (GroupNorm) node.layer();
    Value residual = fused.hasResidual() ? outputs.get(fused.residual()) : null;
    Value mean = training ? value(node.name() + ".mean", norm.groups()) : null;
    Value rstd = training ? value(node.name() + ".rstd", norm.groups()) : null;
    ops.add(
        new Op.GroupNormForward(
            node.name(),
            norm,
            node.shape(),
            outputs.get(node.inputs().get(0)),
            residual,
            fused.relu(),
            output(node, fused.output()),
            mean,
            rstd,
            node.parameters().get(0),
            node.parameters().get(1)));
  }

  private void backward(Value input, Value logits) {
    List<Op> forward = List.copyOf(ops);
    Value dlogits = value("dloss", graph.classes());
    ops.add(new Op.LossBackward("loss", graph.classes(), logits, dlogits));
    contribute(logits, dlogits);
    Set<Value> frozen = Set.of(input);
    for (int i = forward.size() - 2; i >= 0; i--) {
      backward(forward.get(i), frozen);
    }
  }

  private void backward(Op op, Set<Value> frozen) {
    Value dy = gradient(op.writes().get(0));
    if (op instanceof Op.ConvForward f) {
      ops.add(new Op.ConvBackwardParameters(f, dy));
      if (!frozen.contains(f.x())) {
        ops.add(new Op.ConvBackwardData(f, dy, newGradient(f.x())));
      }
    } else if (op instanceof Op.GroupNormForward f) {
      Value dx = newGradient(f.x());
      Value dresidual = f.residual() == null ? null : newGradient(f.residual());
      ops.add(new Op.GroupNormBackward(f, dy, dx, dresidual));
    } else if (op instanceof Op.ReluForward f) {
      ops.add(new Op.ReluBackward(f.node(), f.y(), dy, newGradient(f.x())));
    } else if (op instanceof Op.AddForward f) {
      Value both = dy;
      if (f.relu()) {
        both = value("d" + f.node(), dy.perSample());
        ops.add(new Op.ReluBackward(f.node(), f.y(), dy, both));
      }
      contribute(f.a(), both);
      contribute(f.b(), both);
    } else if (op instanceof Op.PoolForward f) {
      ops.add(new Op.PoolBackward(f, dy, newGradient(f.x())));
    } else if (op instanceof Op.LinearForward f) {
      ops.add(new Op.LinearBackwardParameters(f, dy));
      if (!frozen.contains(f.x())) {
        ops.add(new Op.LinearBackwardData(f, dy, newGradient(f.x())));
      }
    } else if (op instanceof Op.CustomForward f) {
      ops.add(new Op.CustomBackward(f, dy, newGradient(f.x())));
    } else {
      tokensBackward(op, dy, frozen);
    }
  }

  private void tokensBackward(Op op, Value dy, Set<Value> frozen) {
    if (op instanceof TokenOp.EmbeddingForward f) {
      ops.add(new TokenOp.EmbeddingBackwardParameters(f, dy));
      if (frozen.contains(f.x())) {
        return;
      }
      if (f.classToken() == null) {
        contribute(f.x(), dy);
      } else {
        ops.add(new TokenOp.EmbeddingBackwardData(f, dy, newGradient(f.x())));
      }
    } else if (op instanceof TokenOp.LayerNormForward f) {
      ops.add(new TokenOp.LayerNormBackward(f, dy, newGradient(f.x())));
    } else if (op instanceof TokenOp.AttentionForward f) {
      Value dscores = value("d" + f.node() + ".scores", f.probabilities().perSample());
      ops.add(new TokenOp.AttentionBackward(f, dy, newGradient(f.x()), dscores));
    } else if (op instanceof TokenOp.GeluForward f) {
      ops.add(new TokenOp.GeluBackward(f, dy, newGradient(f.x())));
    } else if (op instanceof TokenOp.SelectForward f) {
      ops.add(new TokenOp.SelectBackward(f, dy, newGradient(f.x())));
    } else {
      throw new IllegalStateException("no gradient for " + op);
    }
  }

  private Value newGradient(Value of) {
    Value gradient = value("d" + of.name(), of.perSample());
    contribute(of, gradient);
    return gradient;
  }

  private void contribute(Value of, Value gradient) {
    gradients.computeIfAbsent(of, v -> new ArrayList<>()).add(gradient);
  }

  /** The whole gradient of a value, in the order in which its consumers contributed. */
  private Value gradient(Value of) {
    List<Value> parts = gradients.get(of);
    Value sum = parts.get(0);
    for (Value part : parts.subList(1, parts.size())) {
      Value next = value("d" + of.name() + ".sum", of.perSample());
      ops.add(new Op.AddForward("d" + of.name(), sum, part, false, next));
      sum = next;
    }
    return sum;
  }
}
