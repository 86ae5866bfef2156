package org.zowarmup.nn;

import java.util.List;
import org.zowarmup.nn.op.Layer;

/**
 * One layer at its place in a graph.
 *
 * @param id position in {@link Graph#nodes()}; inputs have smaller ids, {@link Graph#INPUT} is the
 *     image batch
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
