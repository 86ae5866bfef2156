package org.zowarmup.nd4j;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.TorchOrder;

/** y = a x with a factor a channel: a layer written in INDArrays. */
public record Scale() implements Nd4jLayer {
  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    return inputs.get(0);
  }

  @Override
  public List<ParameterSpec> parameters(List<Shape> inputs) {
    ParameterSpec.Initialization uniform = new ParameterSpec.Initialization.Uniform(1);
    List<Integer> shape = List.of(inputs.get(0).channels());
    return List.of(new ParameterSpec("weight", shape, uniform, TorchOrder.SAME));
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return output.elements();
  }

  private static INDArray pixels(INDArray x, INDArray factor) {
    return x.reshape(x.length() / factor.length(), factor.length());
  }

  @Override
  public void forward(INDArray x, List<INDArray> parameters, INDArray y) {
    INDArray a = parameters.get(0);
    y.assign(pixels(x, a).mulRowVector(a).reshape(y.shape()));
  }

  @Override
  public void backward(
      INDArray x, List<INDArray> parameters, INDArray dy, INDArray dx, List<INDArray> gradients) {
    INDArray a = parameters.get(0);
    dx.assign(pixels(dy, a).mulRowVector(a).reshape(dx.shape()));
    gradients.get(0).assign(pixels(dy, a).mul(pixels(x, a)).sum(0));
  }
}
