package org.zowarmup.device.reference;

import java.util.Arrays;

/** A part of an array: the elements of a value or of a parameter, row-major. */
record Tensor(double[] data, int offset, int size) {
  static Tensor of(double[] data) {
    return new Tensor(data, 0, data.length);
  }

  double get(int i) {
    return data[offset + i];
  }

  void set(int i, double v) {
    data[offset + i] = v;
  }

  void add(int i, double v) {
    data[offset + i] += v;
  }

  void clear() {
    Arrays.fill(data, offset, offset + size, 0);
  }

  /** The elements from .. from + count. */
  Tensor part(int from, int count) {
    return new Tensor(data, offset + from, count);
  }

  /** Takes over the elements of a tensor of the same size. */
  void copy(Tensor from) {
    System.arraycopy(from.data, from.offset, data, offset, size);
  }

  double[] toArray() {
    return Arrays.copyOfRange(data, offset, offset + size);
  }
}
