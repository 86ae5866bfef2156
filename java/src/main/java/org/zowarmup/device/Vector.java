package org.zowarmup.device;

/**
 * A flat fp32 vector in a device's memory, laid out as a {@link org.zowarmup.nn.ParameterLayout}.
 * It belongs to whoever allocated it and must be closed before its device.
 */
public interface Vector extends AutoCloseable {
  /** Elements, padding included. */
  long length();

  /** Copies [length] values in. */
  void write(float[] values);

  /** Copies [length] values out. */
  float[] read();

  @Override
  void close();
}
