package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;

/** A float buffer between guard values that any overrun would spoil. */
final class Guarded implements AutoCloseable {
  private static final int GUARD = 40;
  private static final float GUARD_VALUE = -1234.5f;

  private final int size;
  private final FloatPointer whole;

  /**
   * @param shift elements by which the buffer is off its allocation's alignment
   */
  Guarded(float[] values, int shift) {
    size = values.length;
    float[] all = new float[GUARD + shift + size + GUARD];
    Arrays.fill(all, GUARD_VALUE);
    System.arraycopy(values, 0, all, GUARD + shift, size);
    whole = new FloatPointer(all.length);
    whole.put(all);
    whole.position(GUARD + shift);
  }

  Guarded(float[] values) {
    this(values, 0);
  }

  static Guarded filled(int size, float value) {
    float[] values = new float[size];
    Arrays.fill(values, value);
    return new Guarded(values);
  }

  FloatPointer pointer() {
    return whole;
  }

  /** The same with position 0: a PointerPointer keeps addresses, not positions. */
  FloatPointer address() {
    long at = whole.position();
    FloatPointer address = whole.position(0).getPointer(FloatPointer.class, at);
    whole.position(at);
    return address;
  }

  /** The values, once the guards were found whole. */
  float[] read() {
    long at = whole.position();
    float[] all = new float[(int) (at + size + GUARD)];
    whole.position(0).get(all);
    whole.position(at);
    for (int i = 0; i < all.length; i++) {
      if (i < at || i >= at + size) {
        assertEquals(GUARD_VALUE, all[i], "guard " + (i - at) + " of a buffer of " + size);
      }
    }
    return Arrays.copyOfRange(all, (int) at, (int) at + size);
  }

  @Override
  public void close() {
    whole.position(0);
    whole.close();
  }
}
