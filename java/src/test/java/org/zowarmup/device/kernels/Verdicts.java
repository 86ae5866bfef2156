package org.zowarmup.device.kernels;

import java.nio.ByteBuffer;

/** Rules by which buffers are compared. */
public final class Verdicts {
  /** fp32 sums of a few thousand terms of size 1. */
  public static final double FP32 = 2e-5;

  /** Half an ulp of bf16, and what fp32 sums add. */
  public static final double BF16 = 1.0 / 256;

  private Verdicts() {}

  public static double tolerance(boolean bf16) {
    return bf16 ? BF16 : FP32;
  }

  private static AssertionError differs(int i, Object expected, Object found) {
    return new AssertionError("element " + i + ": expected " + expected + ", found " + found);
  }

  private static void sameCount(int expected, int found) {
    if (expected != found) {
      throw new AssertionError("expected " + expected + " elements, found " + found);
    }
  }

  /** The very bits. */
  public static KernelCase.Verdict bits(float[] expected) {
    return result -> {
      sameCount(expected.length, result.capacity() / 4);
      for (int i = 0; i < expected.length; i++) {
        int found = result.getInt(4 * i);
        if (Float.floatToRawIntBits(expected[i]) != found) {
          throw differs(i, expected[i], Float.intBitsToFloat(found));
        }
      }
    };
  }

  public static KernelCase.Verdict ints(int[] expected) {
    return result -> {
      sameCount(expected.length, result.capacity() / 4);
      for (int i = 0; i < expected.length; i++) {
        if (expected[i] != result.getInt(4 * i)) {
          throw differs(i, expected[i], result.getInt(4 * i));
        }
      }
    };
  }

  public static KernelCase.Verdict longs(long[] expected) {
    return result -> {
      sameCount(expected.length, result.capacity() / 8);
      for (int i = 0; i < expected.length; i++) {
        if (expected[i] != result.getLong(8 * i)) {
          throw differs(i, expected[i], result.getLong(8 * i));
        }
      }
    };
  }

  /** NaN equals NaN only. */
  private static void near(int i, double expected, double found, double tolerance) {
    boolean same =
        Double.isNaN(expected)
            ? Double.isNaN(found)
            : expected == found
                || Math.abs(expected - found) <= tolerance * Math.max(1, Math.abs(expected));
    if (!same) {
      throw differs(i, expected, found);
    }
  }

  /** Doubles within a tolerance that is relative above 1 and absolute below. */
  public static KernelCase.Verdict doubles(double[] expected, double tolerance) {
    return result -> {
      sameCount(expected.length, result.capacity() / 8);
      for (int i = 0; i < expected.length; i++) {
        near(i, expected[i], result.getDouble(8 * i), tolerance);
      }
    };
  }

  public static KernelCase.Verdict floats(double[] expected, double tolerance) {
    return result -> {
      sameCount(expected.length, result.capacity() / 4);
      for (int i = 0; i < expected.length; i++) {
        near(i, expected[i], result.getFloat(4 * i), tolerance);
      }
    };
  }

  /** Activations in the compute type. */
  public static KernelCase.Verdict act(double[] expected, boolean bf16, double tolerance) {
    return bf16
        ? result -> {
          sameCount(expected.length, result.capacity() / 2);
          for (int i = 0; i < expected.length; i++) {
            near(i, expected[i], act(result, i), tolerance);
          }
        }
        : floats(expected, tolerance);
  }

  public static KernelCase.Verdict act(double[] expected, boolean bf16) {
    return act(expected, bf16, tolerance(bf16));
  }

  private static float act(ByteBuffer result, int i) {
    return Bf16.value(result.getShort(2 * i));
  }
}
