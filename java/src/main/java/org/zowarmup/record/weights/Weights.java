package org.zowarmup.record.weights;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.zowarmup.device.Vector;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.TorchOrder;
import org.zowarmup.record.weights.Safetensors.Tensor;

/**
 * Weights between a flat buffer and files as PyTorch would save them: its names, its shapes, its
 * order of elements.
 */
public final class Weights {
  /** Name in a file's metadata of what its images were normalized by. */
  public static final String NORMALIZE = "normalize";

  private static final int FLOATS_AT_ONCE = 4096;

  private Weights() {}

  /**
   * What a file of weights says beside them.
   *
   * @param round after which they are the weights
   * @param normalizeOrNull what their images are normalized by, null where it is not known
   */
  public static Map<String, String> metadata(Graph graph, int round, String normalizeOrNull) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("model", graph.name());
    metadata.put("layout", graph.layout().hash());
    metadata.put("round", Integer.toString(round));
    if (normalizeOrNull != null) {
      metadata.put(NORMALIZE, normalizeOrNull);
    }
    return metadata;
  }

  /**
   * Weights for a file.
   *
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

  /**
   * Reads a file into a flat buffer.
   *
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

  /** CRC-32C of all values, each as four bytes, the highest first, in hexadecimal. */
  public static String checksum(Vector weights) {
    float[] values = weights.read();
    CRC32C sum = new CRC32C();
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * FLOATS_AT_ONCE);
    for (int from = 0; from < values.length; from += FLOATS_AT_ONCE) {
      int count = Math.min(FLOATS_AT_ONCE, values.length - from);
      bytes.clear();
      bytes.asFloatBuffer().put(values, from, count);
      sum.update(bytes.limit(Float.BYTES * count));
    }
    return "%08x".formatted(sum.getValue());
  }
}
