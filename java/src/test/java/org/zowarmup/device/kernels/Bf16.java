package org.zowarmup.device.kernels;

/** bfloat16: the upper half of a float, rounded to the nearest, ties to even. */
public final class Bf16 {
  private Bf16() {}

  public static short bits(float v) {
    int bits = Float.floatToRawIntBits(v);
    if (Float.isNaN(v)) {
      return 0x7fff;
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  public static float value(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  public static float round(float v) {
    return value(bits(v));
  }
}
