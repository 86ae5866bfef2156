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

  /** Copies [length] values out, to memory that the caller has. */
  default void read(float[] to) {
    requireFilledBy(to);
    System.arraycopy(read(), 0, to, 0, to.length);
  }

  /** Refuses a vector of another length. */
  default void requireLengthOf(Vector other) {
    if (length() != other.length()) {
      throw new IllegalArgumentException(
          "vectors of different length: " + length() + " and " + other.length());
    }
  }

  /** Refuses values that are not as many as its elements. */
  default void requireFilledBy(float[] values) {
    if (values.length != length()) {
      throw new IllegalArgumentException(
          "vector: expected " + length() + " values, found " + values.length);
    }
  }

  @Override
  void close();
}
