package org.zowarmup.record.weights;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.TorchOrder;

/** Reads weights with PyTorch's names and shapes into a flat buffer. */
public final class WeightImport {
  private WeightImport() {}

  /**
   * @param file safetensors with a tensor for every parameter of the layout, and no other
   * @return [layout.length()], padding zero
   * @throws UserErrorException where a tensor is missing, too many, or of another shape
   */
  public static float[] read(Path file, ParameterLayout layout) {
    if (!Files.isRegularFile(file)) {
      throw new UserErrorException(
          "weights " + file + ": expected a safetensors file, found no such file");
    }
    Map<String, Tensor> tensors = new HashMap<>();
    Safetensors.read(file).tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
    float[] weights = new float[Math.toIntExact(layout.length())];
    for (ParameterTensor parameter : layout.tensors()) {
      Tensor tensor = tensors.remove(parameter.name());
      List<Integer> stored = parameter.spec().shape();
      TorchOrder order = parameter.spec().torch();
      int[] shape = order.torchShape(stored).stream().mapToInt(Integer::intValue).toArray();
      String expected = "tensor " + parameter.name() + " of shape " + Arrays.toString(shape);
      if (tensor == null) {
        throw new BadDataException(file, "", expected, "no such tensor");
      }
      if (!Arrays.equals(tensor.shape(), shape)) {
        throw new BadDataException(file, "", expected, "shape " + Arrays.toString(tensor.shape()));
      }
      int at = Math.toIntExact(parameter.offset());
      for (int i = 0; i < tensor.values().length; i++) {
        weights[at + order.storedIndex(i, stored)] = tensor.values()[i];
      }
    }
    if (!tensors.isEmpty()) {
      throw new BadDataException(
          file,
          "",
          "the " + layout.tensors().size() + " tensors of this model",
          "another one, " + tensors.keySet().iterator().next());
    }
    return weights;
  }
}
