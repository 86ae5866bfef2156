package org.zowarmup.device.reference;

import java.util.Arrays;

/** A part of an array: the elements of a value or of a parameter, row-major. */
record Tensor(double[] data, int offset, int size) {
  double get(int i) {
    return data[offset + i];
  }

  void set(int i, double v) {
    data[offset + i] = v;
  }

  void add(int i, double v) {
    data[offset + i] += v;
  }

  /** sum plus the products of count elements from i on with another tensor's from j on. */
  double dot(double sum, int i, Tensor other, int j, int count) {
    double[] a = data;
    double[] b = other.data;
    int from = offset + i;
    int apart = other.offset + j - from;
    for (int k = from; k < from + count; k++) {
      sum += a[k] * b[k + apart];
    }
    return sum;
  }

  /** Adds to count elements from i on factor times another tensor's from j on. */
  void add(int i, double factor, Tensor other, int j, int count) {
    double[] a = data;
    double[] b = other.data;
    int from = offset + i;
    int apart = other.offset + j - from;
    for (int k = from; k < from + count; k++) {
      a[k] += factor * b[k + apart];
    }
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
}
