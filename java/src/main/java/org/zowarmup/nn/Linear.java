package org.zowarmup.nn;

import java.util.List;

/**
 * y = W x + b with W [out, in]; the input is flat.
 *
 * @param outFeatures number of outputs
 * @param flattened shape that the input had before a {@link Flatten}, or null when it was flat all
 *     along; needed to write PyTorch's order of the weights
 */
public record Linear(int outFeatures, Shape flattened) implements Layer {
  public Linear {
    if (outFeatures < 1) {
      throw new IllegalArgumentException("linear: outputs " + outFeatures + " must be at least 1");
    }
  }

  public Linear(int outFeatures) {
    this(outFeatures, null);
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    Shape in = inputs.get(0);
    if (in.pixels() != 1) {
      throw new ShapeException(node, "a flat input (put a flatten before it)", in.toString());
    }
    if (flattened != null && flattened.elements() != in.elements()) {
      throw new ShapeException(node, flattened.elements() + " features", in.elements() + "");
    }
    return Shape.flat(outFeatures);
  }

  @Override
  public List<ParameterSpec> parameters(List<Shape> inputs) {
    TorchOrder order =
        flattened == null ? TorchOrder.SAME : new TorchOrder.LinearAfterFlatten(flattened);
    return parameters(inputs.get(0).channels(), outFeatures, order);
  }

  /** Weight [out, in] and bias [out]. */
  static List<ParameterSpec> parameters(int inFeatures, int outFeatures, TorchOrder order) {
    Initialization init = Initialization.torchDefault(inFeatures);
    return List.of(
        ParameterSpec.matrix("weight", List.of(outFeatures, inFeatures), init, order),
        ParameterSpec.vector("bias", outFeatures, init));
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return 2L * output.elements() * inputs.get(0).elements();
  }
}
