package org.zowarmup.record.weights;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.zowarmup.device.Vector;

/** Distinguishes weights. */
public final class WeightChecksum {
  private static final int FLOATS_AT_ONCE = 4096;

  private WeightChecksum() {}

  /** CRC-32C of all values, each as four bytes, the highest first, in hexadecimal. */
  public static String of(Vector weights) {
    float[] values = weights.read();
    CRC32C sum = new CRC32C();
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * FLOATS_AT_ONCE);
    for (int from = 0; from < values.length; from += FLOATS_AT_ONCE) {
      int count = Math.min(FLOATS_AT_ONCE, values.length - from);
      bytes.clear();
      bytes.asFloatBuffer().put(values, from, count);
      sum.update(bytes.limit(Float.BYTES * count));
    }
    return "%08x".formatted(sum.getValue());
  }
}
