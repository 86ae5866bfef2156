package org.zowarmup.device.reference;

import org.zowarmup.device.Vector;
import org.zowarmup.nn.ParameterLayout;

/** A flat vector on the Java heap. */
final class ReferenceVector implements Vector {
  private final ReferenceDevice device;
  private final ParameterLayout layout;
  private float[] data;

  ReferenceVector(ReferenceDevice device, ParameterLayout layout) {
    this.device = device;
    this.layout = layout;
    this.data = new float[Math.toIntExact(layout.length())];
  }

  static ReferenceVector of(Vector v) {
    return (ReferenceVector) v;
  }

  float[] data() {
    if (data == null) {
      throw new IllegalStateException("vector used after close");
    }
    return data;
  }

  ParameterLayout layout() {
    return layout;
  }

  @Override
  public long length() {
    return layout.length();
  }

  @Override
  public void write(float[] values) {
    requireFilledBy(values);
    System.arraycopy(values, 0, data(), 0, values.length);
  }

  @Override
  public float[] read() {
    return data().clone();
  }

  @Override
  public void close() {
    if (data != null) {
      data = null;
      device.released();
    }
  }
}
