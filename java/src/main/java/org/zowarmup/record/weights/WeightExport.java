package org.zowarmup.record.weights;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.TorchOrder;

/** Weights as PyTorch would save them: its names, its shapes, its order of elements. */
public final class WeightExport {
  private WeightExport() {}

  /**
   * @param weights flat buffer in the layout's order
   */
  public static List<Tensor> tensors(ParameterLayout layout, float[] weights) {
    List<Tensor> tensors = new ArrayList<>();
    for (ParameterTensor tensor : layout.tensors()) {
      List<Integer> stored = tensor.spec().shape();
      TorchOrder order = tensor.spec().torch();
      float[] values = new float[tensor.size()];
      int at = Math.toIntExact(tensor.offset());
      for (int i = 0; i < values.length; i++) {
        values[i] = weights[at + order.storedIndex(i, stored)];
      }
      int[] shape = order.torchShape(stored).stream().mapToInt(Integer::intValue).toArray();
      tensors.add(new Tensor(tensor.name(), shape, values));
    }
    return tensors;
  }
}
