package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;

/** GELU in its tanh form and its derivative, against the formula in double. */
class GeluTest {
  private static final double SCALE = Math.sqrt(2 / Math.PI);

  private static double value(double x) {
    return 0.5 * x * (1 + Math.tanh(SCALE * (x + 0.044715 * x * x * x)));
  }

  private static double slope(double x) {
    double t = Math.tanh(SCALE * (x + 0.044715 * x * x * x));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SCALE * (1 + 3 * 0.044715 * x * x);
  }

  private static float[] forward(float[] x, boolean inPlace) {
    return Variants.sameBits(
        "gelu",
        threads -> {
          try (Guarded in = new Guarded(x, 1);
              Guarded apart = Guarded.filled(x.length, 3f)) {
            FloatPointer y = inPlace ? in.pointer() : apart.pointer();
            NativeCpu.gelu(in.pointer(), y, x.length, threads);
            return new float[][] {inPlace ? in.read() : apart.read()};
          }
        })[0];
  }

  private static float[] backward(float[] x, float[] dy, boolean inPlace) {
    return Variants.sameBits(
        "geluBackward",
        threads -> {
          try (Guarded in = new Guarded(x, 1);
              Guarded gradient = new Guarded(dy, 2);
              Guarded apart = Guarded.filled(x.length, 3f)) {
            FloatPointer dx = inPlace ? gradient.pointer() : apart.pointer();
            NativeCpu.geluBackward(in.pointer(), gradient.pointer(), dx, x.length, threads);
            return new float[][] {inPlace ? gradient.read() : apart.read()};
          }
        })[0];
  }

  /** The formula and its derivative by Python 3.11's math.tanh. */
  @Test
  void hasKnownValues() {
    float[] x = {0.5f, 1, -1, 2, -3, 0};
    double[] values = {
      0.345714009825144,
      0.841191990608277,
      -0.158808009391723,
      1.954597694087775,
      -0.003637392081773,
      0
    };
    double[] slopes = {0.867369904, 1.082964084, -0.082964084, 1.086099257, -0.011584167, 0.5};
    float[] found = forward(x, false);
    float[] gradient = backward(x, new float[] {1, 1, 1, 1, 1, 1}, false);
    for (int i = 0; i < x.length; i++) {
      assertEquals(values[i], found[i], 2e-7, "x = " + x[i]);
      assertEquals(slopes[i], gradient[i], 3e-7, "x = " + x[i]);
    }
  }

  @Test
  void holdsTheFormulaForAwkwardSizes() {
    for (int n : Variants.SIZES) {
      Random random = new Random(n);
      float[] x = Variants.normal(random, n);
      float[] dy = Variants.normal(random, n);
      for (int i = 0; i < n; i++) {
        x[i] *= 3; // both tails too
      }
      for (boolean inPlace : new boolean[] {false, true}) {
        close(x, null, forward(x, inPlace), GeluTest::value);
        close(x, dy, backward(x, dy, inPlace), GeluTest::slope);
      }
    }
  }

  private static void close(float[] x, float[] factor, float[] found, DoubleUnaryOperator f) {
    for (int i = 0; i < x.length; i++) {
      double of = f.applyAsDouble(x[i]) * (factor == null ? 1 : factor[i]);
      double scale = Math.max(1, Math.abs(x[i])) * (factor == null ? 1 : Math.abs(factor[i]));
      assertEquals(of, found[i], 4e-7 * scale, "x = " + x[i] + ", seed " + x.length);
    }
  }

  @Test
  void theWholeLineIsCloseAndStaysFinite() {
    int n = 400_001;
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (i - n / 2) * 1e-4f;
    }
    close(x, null, forward(x, false), GeluTest::value);
    float[] far = {-1e4f, -100, -50, 50, 100, 1e4f, 1e10f, -1e10f};
    float[] y = forward(far, false);
    for (int i = 0; i < far.length; i++) {
      assertEquals(Math.max(0, far[i]), y[i], 1e-12f * Math.abs(far[i]), "x = " + far[i]);
    }
  }

  @Test
  void whatIsNotANumberStaysSo() {
    float[] x = {1, Float.NaN, Float.POSITIVE_INFINITY};
    float[] y = forward(x, false);
    assertTrue(Float.isNaN(y[1]));
    assertEquals(Float.POSITIVE_INFINITY, y[2]);
    assertTrue(Float.isNaN(backward(x, new float[] {1, 1, 1}, false)[1]));
  }
}
