package org.zowarmup.device.host;

import org.zowarmup.device.Vector;
import org.zowarmup.nn.ParameterLayout;

/** A flat vector on the Java heap. */
public final class HostVector implements Vector {
  private final HostDevice device;
  private final ParameterLayout layout;
  private float[] data;

  public HostVector(HostDevice device, ParameterLayout layout) {
    this.device = device;
    this.layout = layout;
    this.data = new float[Math.toIntExact(layout.length())];
  }

  /** Casts a vector of such a device. */
  public static HostVector of(Vector v) {
    return (HostVector) v;
  }

  /** The values themselves, not a copy. */
  public float[] data() {
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
