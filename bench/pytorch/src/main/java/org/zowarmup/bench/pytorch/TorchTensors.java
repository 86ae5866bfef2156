package org.zowarmup.bench.pytorch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Tensors with copies of Java's arrays, in memory that PyTorch aligns and owns. */
final class TorchTensors {
  private TorchTensors() {}

  /** fp32, row-major. */
  static Tensor of(float[] values, long... shape) {
    Tensor tensor = torch.empty(shape);
    tensor.data_ptr_float().put(values, 0, values.length);
    return tensor;
  }

  /** int64, [values.length]. */
  static Tensor of(int[] values) {
    Tensor tensor =
        torch.zeros(new long[] {values.length}, new TensorOptions(torch.ScalarType.Long));
    for (int i = 0; i < values.length; i++) {
      tensor.data_ptr_long().put(i, values[i]);
    }
    return tensor;
  }
}
