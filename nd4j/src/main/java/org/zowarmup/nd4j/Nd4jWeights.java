package org.zowarmup.nd4j;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Safetensors.Tensor;
import org.zowarmup.record.weights.Weights;

/**
 * Weights as ND4J's arrays: by PyTorch's names, in PyTorch's shapes and order, or as one flat row
 * as DL4J's {@code params()}.
 */
public final class Nd4jWeights {
  private Nd4jWeights() {}

  /**
   * Reads the weights of a run.
   *
   * @param file safetensors or npz
   * @param layout of the run's model
   * @return arrays of floats by name, in the layout's order
   */
  public static Map<String, INDArray> read(Path file, ParameterLayout layout) {
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    for (Tensor tensor : Weights.tensors(layout, Weights.read(file, layout))) {
      long[] shape = Arrays.stream(tensor.shape()).asLongStream().toArray();
      arrays.put(tensor.name(), Nd4j.create(tensor.values(), shape, 'c'));
    }
    return arrays;
  }

  /**
   * Writes a safetensors file that {@code model.init} and {@code evaluate} read.
   *
   * @param arrays by name; any order of elements, written row-major
   */
  public static void write(Path file, Map<String, INDArray> arrays) {
    List<Tensor> tensors = new ArrayList<>();
    arrays.forEach(
        (name, array) -> {
          int[] shape = Arrays.stream(array.shape()).mapToInt(Math::toIntExact).toArray();
          tensors.add(new Tensor(name, shape, values(array)));
        });
    Safetensors.write(file, tensors, Map.of());
  }

  private static float[] values(INDArray array) {
    float[] values = array.dup('c').data().asFloat();
    return Arrays.copyOf(values, Math.toIntExact(array.length()));
  }

  /**
   * All parameters in one row, [1, d], without the padding of the simulator's own buffer.
   *
   * @param arrays in the order in which they follow each other
   */
  public static INDArray flat(Map<String, INDArray> arrays) {
    INDArray[] rows =
        arrays.values().stream()
            .map(a -> a.dup('c').reshape(1, a.length()))
            .toArray(INDArray[]::new);
    return Nd4j.concat(1, rows);
  }

  /**
   * Views of a flat row by name: what is written to one is in the row.
   *
   * @param flat [1, d], row-major
   * @param like names and shapes, in their order
   * @throws IllegalArgumentException where the row has another length than they have together
   */
  public static Map<String, INDArray> views(INDArray flat, Map<String, INDArray> like) {
    long expected = like.values().stream().mapToLong(INDArray::length).sum();
    if (flat.length() != expected) {
      throw new IllegalArgumentException(
          "flat weights: expected %d values for these shapes, found %d"
              .formatted(expected, flat.length()));
    }
    INDArray row = flat.reshape(flat.length());
    Map<String, INDArray> views = new LinkedHashMap<>();
    long at = 0;
    for (Map.Entry<String, INDArray> entry : like.entrySet()) {
      long end = at + entry.getValue().length();
      INDArray part = row.get(NDArrayIndex.interval(at, end));
      views.put(entry.getKey(), part.reshape('c', entry.getValue().shape()));
      at = end;
    }
    return views;
  }
}
