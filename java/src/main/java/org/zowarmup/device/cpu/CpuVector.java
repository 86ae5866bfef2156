package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.ParameterTensor;

/** A flat vector in host memory. */
final class CpuVector implements Vector {
  private final CpuDevice device;
  private final Layout layout;
  private final AlignedFloats memory;
  private final FloatPointer[] tensors;
  private boolean closed;

  CpuVector(CpuDevice device, Layout layout) {
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

  Layout layout() {
    return layout;
  }

  @Override
  public long length() {
    return memory.length();
  }

  @Override
  public void write(float[] values) {
    requireFilledBy(values);
    memory.pointer().put(values, 0, values.length);
  }

  @Override
  public float[] read() {
    float[] values = new float[Math.toIntExact(length())];
    read(values);
    return values;
  }

  @Override
  public void read(float[] to) {
    requireFilledBy(to);
    memory.pointer().get(to, 0, to.length);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.close();
      device.released();
    }
  }

  /** The extents of a layout's tensors in native memory, for kernels that must skip the padding. */
  record Layout(ParameterLayout layout, LongPointer offsets, LongPointer sizes)
      implements AutoCloseable {
    static Layout of(ParameterLayout layout) {
      return new Layout(layout, new LongPointer(layout.offsets()), new LongPointer(layout.sizes()));
    }

    int segments() {
      return layout.tensors().size();
    }

    @Override
    public void close() {
      offsets.close();
      sizes.close();
    }
  }
}
