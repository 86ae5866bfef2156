package org.zowarmup.nn;

/**
 * A parameter tensor at its place in the flat buffer.
 *
 * @param index position in the layout
 * @param name dotted, as PyTorch names it
 * @param offset first element in the flat buffer; a multiple of {@link ParameterLayout#ALIGNMENT}
 * @param spec stored shape, initialisation and PyTorch's order
 */
public record ParameterTensor(int index, String name, long offset, ParameterSpec spec) {
  public int size() {
    return spec.shape().stream().reduce(1, Math::multiplyExact);
  }

  public long end() {
    return offset + size();
  }
}
