package org.zowarmup.record.weights;

/**
 * A named array of 32-bit floats, as a safetensors file holds it. The arrays are not copied; two
 * tensors are equal when they share them.
 *
 * @param name unique within a file, for example {@code conv1.weight}
 * @param shape extents, outermost first; empty for a single number
 * @param values row-major, as many as the product of the extents
 */
public record Tensor(String name, int[] shape, float[] values) {
  public Tensor {
    long count = 1;
    for (int extent : shape) {
      if (extent < 0) {
        throw new IllegalArgumentException(name + ": extent " + extent + " is negative");
      }
      count = Math.multiplyExact(count, extent);
    }
    if (count != values.length) {
      throw new IllegalArgumentException(
          name + ": expected " + count + " values for its shape, found " + values.length);
    }
  }
}
