package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.LongPointer;
import org.zowarmup.nn.ParameterLayout;

/** The extents of a layout's tensors in native memory, for kernels that must skip the padding. */
final class CpuLayout implements AutoCloseable {
  private final ParameterLayout layout;
  private final LongPointer offsets;
  private final LongPointer sizes;

  CpuLayout(ParameterLayout layout) {
    this.layout = layout;
    this.offsets = new LongPointer(layout.offsets());
    this.sizes = new LongPointer(layout.sizes());
  }

  ParameterLayout layout() {
    return layout;
  }

  LongPointer offsets() {
    return offsets;
  }

  LongPointer sizes() {
    return sizes;
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
