package org.zowarmup.nn;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.zowarmup.nn.op.Layer;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.SampleLoss;

/**
 * A network: nodes in an order in which they can be computed, the loss head, and the layout of the
 * parameters.
 */
public final class Graph {
  /** The id of the image batch. */
  public static final int INPUT = -1;

  private final String name;
  private final Shape input;
  private final List<Node> nodes;
  private final Loss head;
  private final ParameterLayout layout;

  private Graph(String name, Shape input, List<Node> nodes, Loss head, ParameterLayout layout) {
    this.name = name;
    this.input = input;
    this.nodes = List.copyOf(nodes);
    this.head = head;
    this.layout = layout;
  }

  public static Builder builder(String name, Shape input) {
    return new Builder(name, input);
  }

  public String name() {
    return name;
  }

  public Shape input() {
    return input;
  }

  public List<Node> nodes() {
    return nodes;
  }

  public Loss head() {
    return head;
  }

  /** The same network with another loss. */
  public Graph with(SampleLoss loss) {
    return new Graph(name, input, nodes, new Loss(classes(), loss), layout);
  }

  public int classes() {
    return head.classes();
  }

  public ParameterLayout layout() {
    return layout;
  }

  /** Floating-point operations of one sample's forward pass. */
  public long forwardFlops() {
    return nodes.stream().mapToLong(n -> n.layer().flops(n.inputShapes(), n.shape())).sum();
  }

  /** Adds nodes one by one; shapes are checked as they come. */
  public static final class Builder {
    private final String name;
    private final Shape input;
    private final List<Node> nodes = new ArrayList<>();
    private final List<ParameterTensor> tensors = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private long end;

    private Builder(String name, Shape input) {
      this.name = name;
      this.input = input;
    }

    /**
     * Adds a node and returns its id.
     *
     * @param node unique name
     * @param inputs ids of earlier nodes or {@link Graph#INPUT}
     * @throws ShapeException when the layer does not fit its inputs
     */
    public int add(String node, Layer layer, int... inputs) {
      if (!names.add(node)) {
        throw new IllegalArgumentException("graph " + name + ": two nodes are named " + node);
      }
      if (inputs.length != layer.arity()) {
        throw new ShapeException(node, layer.arity() + " inputs", inputs.length + "");
      }
      List<Integer> ids = new ArrayList<>();
      List<Shape> shapes = new ArrayList<>();
      for (int id : inputs) {
        ids.add(id);
        shapes.add(shape(id));
      }
      Shape out = layer.outputShape(node, shapes);
      List<ParameterTensor> own = new ArrayList<>();
      for (ParameterSpec spec : layer.parameters(shapes)) {
        ParameterTensor tensor =
            new ParameterTensor(tensors.size(), layer.parameterName(node, spec), end, spec);
        end = ParameterLayout.align(tensor.end());
        tensors.add(tensor);
        own.add(tensor);
      }
      nodes.add(new Node(nodes.size(), node, layer, ids, shapes, out, own));
      return nodes.size() - 1;
    }

    /** The shape of a node's output, or of the input. */
    public Shape shape(int id) {
      return id == INPUT ? input : nodes.get(id).shape();
    }

    /**
     * Ends the graph: the last node gives the logits.
     *
     * @throws ShapeException when the last node does not give one number a class
     */
    public Graph build(Loss head) {
      if (nodes.isEmpty()) {
        throw new IllegalArgumentException("graph " + name + ": no layers");
      }
      Node last = nodes.get(nodes.size() - 1);
      if (!last.shape().equals(Shape.flat(head.classes()))) {
        throw new ShapeException(
            last.name(), "logits of shape " + Shape.flat(head.classes()), last.shape().toString());
      }
      Set<Integer> used = new HashSet<>();
      nodes.forEach(n -> used.addAll(n.inputs()));
      for (Node node : nodes.subList(0, nodes.size() - 1)) {
        if (!used.contains(node.id())) {
          throw new ShapeException(node.name(), "a later layer that reads its output", "none");
        }
      }
      keepClassifierInFp32(last);
      return new Graph(name, input, nodes, head, new ParameterLayout(tensors));
    }

    private void keepClassifierInFp32(Node last) {
      List<ParameterTensor> own = new ArrayList<>();
      for (ParameterTensor t : last.parameters()) {
        ParameterTensor kept =
            new ParameterTensor(t.index(), t.name(), t.offset(), t.spec().inFp32());
        tensors.set(t.index(), kept);
        own.add(kept);
      }
      nodes.set(last.id(), last.withParameters(own));
    }
  }

  /**
   * One layer at its place in a graph.
   *
   * @param id position in {@link Graph#nodes()}; inputs have smaller ids, {@link Graph#INPUT} is
   *     the image batch
   * @param name unique, dotted, as PyTorch would name the module
   * @param inputs ids of the nodes whose outputs this one reads
   * @param inputShapes their shapes
   * @param shape shape of one sample's output
   * @param parameters tensors that this node owns
   */
  public record Node(
      int id,
      String name,
      Layer layer,
      List<Integer> inputs,
      List<Shape> inputShapes,
      Shape shape,
      List<ParameterTensor> parameters) {
    public Node {
      inputs = List.copyOf(inputs);
      inputShapes = List.copyOf(inputShapes);
      parameters = List.copyOf(parameters);
    }

    Node withParameters(List<ParameterTensor> others) {
      return new Node(id, name, layer, inputs, inputShapes, shape, others);
    }

    public Shape inputShape() {
      return inputShapes.get(0);
    }
  }
}
