package org.zowarmup.nn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Op;

/**
 * Turns a graph into the ordered steps of a plan; values have no place in memory yet. Each layer
 * adds its own forward step, each forward step its own backward steps.
 */
public final class Lowering {
  private final Graph graph;
  private final boolean training;
  private final Fusions fusions;
  private final List<Op> ops = new ArrayList<>();
  private final List<Plan.Value> values = new ArrayList<>();
  private final Map<Integer, Plan.Value> outputs = new HashMap<>();
  private final Map<Plan.Value, List<Plan.Value>> gradients = new HashMap<>();
  private final Plan.Value input;

  private Lowering(Graph graph, boolean training) {
    this.graph = graph;
    this.training = training;
    this.fusions = Fusions.of(graph);
    this.input = value("input", graph.input().elements());
    outputs.put(Graph.INPUT, input);
  }

  /**
   * Steps and values; the first value is the image batch, {@code logits} the one that the loss
   * reads.
   */
  record Result(List<Op> ops, List<Plan.Value> values, Plan.Value input, Plan.Value logits) {}

  static Result lower(Graph graph, boolean training) {
    return new Lowering(graph, training).lower();
  }

  private Result lower() {
    List<Op.Differentiable> forward = new ArrayList<>();
    for (Graph.Node node : graph.nodes()) {
      if (!fusions.absorbed().contains(node.id())) {
        Fusions.Step step = fusions.at(node);
        step.node().layer().lower(new Place(step, forward));
      }
    }
    Plan.Value logits = outputs.get(graph.nodes().get(graph.nodes().size() - 1).id());
    forward.add(new Loss.Forward("loss", graph.head(), logits));
    ops.addAll(forward);
    if (training) {
      for (int i = forward.size() - 1; i >= 0; i--) {
        forward.get(i).differentiate(this);
      }
    }
    return new Result(List.copyOf(ops), List.copyOf(values), input, logits);
  }

  /** The node that a layer adds its step for, with the nodes that this step takes in. */
  public final class Place {
    private final Fusions.Step step;
    private final Graph.Node node;
    private final List<Op.Differentiable> forward;

    private Place(Fusions.Step step, List<Op.Differentiable> forward) {
      this.step = step;
      this.node = step.node();
      this.forward = forward;
    }

    /** Adds a step of the forward pass. */
    public void add(Op.Differentiable op) {
      forward.add(op);
    }

    public String name() {
      return node.name();
    }

    public boolean isTraining() {
      return training;
    }

    /** The shape of a sample of the first input. */
    public Shape inputShape() {
      return node.inputShape();
    }

    /** The shape of a sample of the output. */
    public Shape shape() {
      return node.shape();
    }

    public List<ParameterTensor> parameters() {
      return node.parameters();
    }

    public ParameterTensor parameter(int i) {
      return node.parameters().get(i);
    }

    public Plan.Value input() {
      return input(0);
    }

    public Plan.Value input(int i) {
      return outputs.get(node.inputs().get(i));
    }

    /** The value that is added to the layer's own result, or null. */
    public Plan.Value residualOrNull() {
      return step.residual() == Fusions.NONE ? null : outputs.get(step.residual());
    }

    /** Says whether the step ends with a relu. */
    public boolean withRelu() {
      return step.relu();
    }

    /** A new value for the result, which later nodes read. */
    public Plan.Value output() {
      Plan.Value value = Lowering.this.value(node.name(), node.shape().elements());
      outputs.put(step.output(), value);
      return value;
    }

    /** Gives later nodes the first input as the result: no step is needed. */
    public void passOn() {
      outputs.put(step.output(), input());
    }

    /** A new value beside the result. */
    public Plan.Value value(String suffix, long perSample) {
      return Lowering.this.value(node.name() + "." + suffix, perSample);
    }
  }

  /** Adds a step of the backward pass. */
  public void add(Op op) {
    ops.add(op);
  }

  /** A new value. */
  public Plan.Value value(String name, long perSample) {
    Plan.Value value = new Plan.Value(values.size(), name, perSample);
    values.add(value);
    return value;
  }

  /** Says whether the gradient of a value is of use: that of the images is not. */
  public boolean needsGradient(Plan.Value of) {
    return !of.equals(input);
  }

  /** A new value that contributes to the gradient of another. */
  public Plan.Value newGradient(Plan.Value of) {
    Plan.Value gradient = value("d" + of.name(), of.perSample());
    contribute(of, gradient);
    return gradient;
  }

  /** Makes {@code gradient} a term of the gradient of {@code of}. */
  public void contribute(Plan.Value of, Plan.Value gradient) {
    gradients.computeIfAbsent(of, v -> new ArrayList<>()).add(gradient);
  }

  /** The whole gradient of a value, summed in the order in which its consumers contributed. */
  public Plan.Value gradient(Plan.Value of) {
    List<Plan.Value> parts = gradients.get(of);
    Plan.Value sum = parts.get(0);
    for (Plan.Value part : parts.subList(1, parts.size())) {
      Plan.Value next = value("d" + of.name() + ".sum", of.perSample());
      add(new Add.Forward("d" + of.name(), sum, part, false, next));
      sum = next;
    }
    return sum;
  }
}
