package org.zowarmup.nn.op;

import java.util.List;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;

/**
 * The computation of one node of a {@link Graph}. A layer is lowered to steps of a closed set,
 * {@link Op}, so that every device can promise to run all of them; {@link Custom} is the one open
 * door. No layer mixes samples of a batch: that is what makes a masked tail exact, and why there is
 * no batch normalisation here.
 */
public interface Layer {
  /** The number of inputs of a node of this layer. */
  default int arity() {
    return 1;
  }

  /**
   * The shape that comes out for the given inputs.
   *
   * @throws ShapeException naming the node, when the inputs do not fit
   */
  Shape outputShape(String node, List<Shape> inputs);

  /** The parameters a node owns, in the order in which they lie in the layout. */
  default List<ParameterSpec> parameters(List<Shape> inputs) {
    return List.of();
  }

  /** The full name of a parameter of the node; by default that of a PyTorch module's parameter. */
  default String parameterName(String node, ParameterSpec spec) {
    return node + "." + spec.suffix();
  }

  /** Floating-point operations of the forward pass of one sample; a multiply-add counts as two. */
  long flops(List<Shape> inputs, Shape output);

  /** Adds the step that computes a node of this layer. */
  void lower(Lowering.Place at);
}
