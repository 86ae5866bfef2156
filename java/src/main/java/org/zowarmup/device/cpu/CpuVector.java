package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.ParameterTensor;

/** A flat vector in host memory. */
final class CpuVector implements Vector {
  private final CpuDevice device;
  private final CpuLayout layout;
  private final AlignedFloats memory;
  private final FloatPointer[] tensors;
  private boolean closed;

  CpuVector(CpuDevice device, CpuLayout layout) {
    this.device = device;
    this.layout = layout;
    this.memory = new AlignedFloats("vector", layout.layout().length());
    this.tensors =
        layout.layout().tensors().stream()
            .map(t -> memory.pointer(t.offset()))
            .toArray(FloatPointer[]::new);
  }

  static CpuVector of(Vector v) {
    return (CpuVector) v;
  }

  FloatPointer pointer() {
    return memory.pointer();
  }

  FloatPointer pointer(ParameterTensor tensor) {
    return tensors[tensor.index()];
  }

  CpuLayout layout() {
    return layout;
  }

  @Override
  public long length() {
    return memory.length();
  }

  @Override
  public void write(float[] values) {
    if (values.length != length()) {
      throw new IllegalArgumentException(
          "vector: expected " + length() + " values, found " + values.length);
    }
    memory.pointer().put(values, 0, values.length);
  }

  @Override
  public float[] read() {
    float[] values = new float[Math.toIntExact(length())];
    memory.pointer().get(values, 0, values.length);
    return values;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.close();
      device.released();
    }
  }
}
