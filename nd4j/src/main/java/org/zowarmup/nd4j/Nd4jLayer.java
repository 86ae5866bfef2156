package org.zowarmup.nd4j;

import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.zowarmup.nn.op.Custom;

/**
 * A layer of one's own, written in INDArrays. They are views of the device's own memory, so nothing
 * is copied, and what is to be written is assigned: {@code y.assign(...)}. Runs on the devices cpu,
 * reference and nd4j.
 */
public interface Nd4jLayer extends Custom {
  /**
   * The forward pass.
   *
   * @param x [batch, H * W * C], read only
   * @param parameters in one dimension each, in the order of {@link #parameters}
   * @param y [batch, H' * W' * C'], to be written
   */
  void forward(INDArray x, List<INDArray> parameters, INDArray y);

  /**
   * The backward pass; everything that is written is overwritten, not added to.
   *
   * @param dy gradient of the loss with respect to y
   * @param dx gradient with respect to x, to be written
   * @param gradients one a parameter, to be written, summed over the samples
   */
  void backward(
      INDArray x, List<INDArray> parameters, INDArray dy, INDArray dx, List<INDArray> gradients);

  @Override
  default void forward(int samples, FloatBuffer x, List<FloatBuffer> parameters, FloatBuffer y) {
    forward(rows(x, samples), flat(parameters), rows(y, samples));
  }

  @Override
  default void backward(
      int samples,
      FloatBuffer x,
      List<FloatBuffer> parameters,
      FloatBuffer dy,
      FloatBuffer dx,
      List<FloatBuffer> gradients) {
    backward(
        rows(x, samples), flat(parameters), rows(dy, samples), rows(dx, samples), flat(gradients));
  }

  private static INDArray rows(FloatBuffer buffer, int samples) {
    return over(buffer, samples, buffer.capacity() / samples);
  }

  private static List<INDArray> flat(List<FloatBuffer> buffers) {
    return buffers.stream().map(b -> over(b, b.capacity())).toList();
  }

  private static INDArray over(FloatBuffer buffer, long... shape) {
    return Nd4j.create(
        Nd4j.createBuffer(new FloatPointer(buffer), buffer.capacity(), DataType.FLOAT), shape);
  }
}
