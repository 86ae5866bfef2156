package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pooling against its definition in double, every instruction set and team. */
class PoolTest {
  private record Case(int n, int height, int width, int channels, int window, int stride) {
    int outHeight() {
      return (height - window) / stride + 1;
    }

    int outWidth() {
      return (width - window) / stride + 1;
    }

    int in(int sample, int y, int x, int c) {
      return ((sample * height + y) * width + x) * channels + c;
    }

    int inSize() {
      return n * height * width * channels;
    }

    int outSize() {
      return n * outHeight() * outWidth() * channels;
    }
  }

  /** Expectation of one window, whose taps are positions in the input. */
  private interface Window {
    void visit(int out, int[] taps);
  }

  private static void forEachWindow(Case p, Window visitor) {
    int out = 0;
    for (int sample = 0; sample < p.n; sample++) {
      for (int oy = 0; oy < p.outHeight(); oy++) {
        for (int ox = 0; ox < p.outWidth(); ox++) {
          for (int c = 0; c < p.channels; c++) {
            int[] taps = new int[p.window * p.window];
            for (int k = 0; k < taps.length; k++) {
              int y = oy * p.stride + k / p.window;
              int x = ox * p.stride + k % p.window;
              taps[k] = p.in(sample, y, x, c);
            }
            visitor.visit(out++, taps);
          }
        }
      }
    }
  }

  private static int firstMaximum(float[] x, int[] taps) {
    int best = taps[0];
    for (int tap : taps) {
      best = x[tap] > x[best] ? tap : best;
    }
    return best;
  }

  private static float[][] run(Case p, float[] x, float[] dy, boolean max) {
    return Variants.sameBits(
        p + (max ? " maximum" : " average"),
        threads -> {
          try (Guarded in = new Guarded(x, 3);
              Guarded gradient = new Guarded(dy, 1);
              Guarded y = Guarded.filled(p.outSize(), 7f);
              Guarded dx = Guarded.filled(p.inSize(), 7f)) {
            NativeCpu.poolForward(
                in.pointer(),
                y.pointer(),
                p.n,
                p.height,
                p.width,
                p.channels,
                p.window,
                p.window,
                p.stride,
                max,
                threads);
            NativeCpu.poolBackward(
                max ? in.pointer() : null,
                gradient.pointer(),
                dx.pointer(),
                p.n,
                p.height,
                p.width,
                p.channels,
                p.window,
                p.window,
                p.stride,
                max,
                threads);
            return new float[][] {y.read(), dx.read()};
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1,1,1,1",
    "3,5,7,13,2,2",
    "2,7,6,17,3,2",
    "1,9,9,65,3,1",
    "5,28,28,8,2,2",
    "2,8,9,80,2,3",
    "40,32,32,16,2,2",
    "2,4,4,207,4,1"
  })
  void followsItsDefinition(int n, int height, int width, int channels, int window, int stride) {
    Case p = new Case(n, height, width, channels, window, stride);
    Random random = new Random(p.hashCode());
    float[] x = Variants.normal(random, p.inSize());
    for (int i = 0; i < x.length; i += 3) {
      x[i] = 0.5f; // ties: the gradient is the first one's
    }
    float[] dy = Variants.normal(random, p.outSize());
    float[] maximum = new float[p.outSize()];
    double[] average = new double[p.outSize()];
    double[] toMaximum = new double[p.inSize()];
    double[] toAll = new double[p.inSize()];
    forEachWindow(
        p,
        (out, taps) -> {
          int best = firstMaximum(x, taps);
          maximum[out] = x[best];
          toMaximum[best] += dy[out];
          for (int tap : taps) {
            average[out] += x[tap] / (double) taps.length;
            toAll[tap] += dy[out] / (double) taps.length;
          }
        });
    float[][] found = run(p, x, dy, true);
    assertArrayEquals(maximum, found[0]);
    assertClose(toMaximum, found[1]);
    found = run(p, x, dy, false);
    assertClose(average, found[0]);
    assertClose(toAll, found[1]);
  }

  private static void assertClose(double[] expected, float[] found) {
    for (int i = 0; i < found.length; i++) {
      assertEquals(expected[i], found[i], 2e-6 * (1 + Math.abs(expected[i])), "element " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void notANumberComesThrough(boolean max) {
    Case p = new Case(1, 4, 4, 19, 2, 2);
    float[] x = Variants.normal(new Random(1), p.inSize());
    x[p.in(0, 2, 3, 18)] = Float.NaN;
    float[] y = run(p, x, new float[p.outSize()], max)[0];
    for (int i = 0; i < y.length; i++) {
      boolean reached = i == (1 * 2 + 1) * 19 + 18;
      assertEquals(reached, Float.isNaN(y[i]), "element " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"5,1", "0,1", "2,0"})
  void windowsThatDoNotFitAreRefused(int window, int stride) {
    try (Guarded x = Guarded.filled(16, 0f);
        Guarded y = Guarded.filled(16, 0f)) {
      RuntimeException e =
          assertThrows(
              RuntimeException.class,
              () ->
                  NativeCpu.poolForward(
                      x.pointer(), y.pointer(), 1, 4, 4, 1, window, window, stride, true, 1));
      assertTrue(e.getMessage().startsWith("pool: expected a window of 1x1 to 4x4"));
    }
  }
}
