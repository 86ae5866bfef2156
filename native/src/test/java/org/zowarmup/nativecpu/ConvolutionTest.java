package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Winograd's convolutions and their gradients against the direct sum in double, with the same bits
 * on every instruction set and team. Images that no tile divides, and one smaller than a tile.
 */
class ConvolutionTest {
  private static final double TOLERANCE = 4e-6;

  private record Case(int n, int height, int width, int in, int out, int padding, int size) {
    int outHeight() {
      return height + 2 * padding - 2;
    }

    int outWidth() {
      return width + 2 * padding - 2;
    }

    int inSize() {
      return n * height * width * in;
    }

    int outSize() {
      return n * outHeight() * outWidth() * out;
    }

    int filters() {
      return Math.toIntExact(NativeCpu.winogradFilterElements(in, out, size));
    }
  }

  /** Visitor of every product x[xi] * w[wi] that belongs to y[yi]. */
  private interface Product {
    void at(int xi, int wi, int yi);
  }

  private static void forEachProduct(Case p, Product product) {
    for (int pixel = 0; pixel < p.n * p.outHeight() * p.outWidth(); pixel++) {
      int column = pixel % p.outWidth();
      int row = pixel / p.outWidth() % p.outHeight();
      int sample = pixel / p.outWidth() / p.outHeight();
      for (int tap = 0; tap < 9; tap++) {
        int y = row + tap / 3 - p.padding;
        int x = column + tap % 3 - p.padding;
        if (y < 0 || y >= p.height || x < 0 || x >= p.width) {
          continue;
        }
        int source = (sample * p.height + y) * p.width + x;
        for (int k = 0; k < p.out; k++) {
          for (int c = 0; c < p.in; c++) {
            product.at(source * p.in + c, (k * 9 + tap) * p.in + c, pixel * p.out + k);
          }
        }
      }
    }
  }

  private static float[][] run(Case p, float[] x, float[] w, float[] bias, float[] dy) {
    return Variants.sameBits(
        p.toString(),
        threads -> {
          try (Guarded input = new Guarded(x, 1);
              Guarded filter = new Guarded(w, 3);
              Guarded shift = new Guarded(bias, 1);
              Guarded gradient = new Guarded(dy, 2);
              Guarded points = Guarded.filled(p.filters(), 7f);
              Guarded y = Guarded.filled(p.outSize(), 7f);
              Guarded dx = Guarded.filled(p.inSize(), 7f);
              Guarded dw = Guarded.filled(w.length, 7f);
              Guarded db = Guarded.filled(p.out, 7f)) {
            filters(p.in, p.out, p, filter, points, false, threads);
            NativeCpu.winogradConvolution(
                input.pointer(),
                points.pointer(),
                shift.pointer(),
                y.pointer(),
                p.n,
                p.height,
                p.width,
                p.in,
                p.out,
                p.padding,
                p.size,
                threads);
            filters(p.out, p.in, p, filter, points, true, threads);
            NativeCpu.winogradConvolution(
                gradient.pointer(),
                points.pointer(),
                null,
                dx.pointer(),
                p.n,
                p.outHeight(),
                p.outWidth(),
                p.out,
                p.in,
                2 - p.padding,
                p.size,
                threads);
            NativeCpu.winogradGradient(
                input.pointer(),
                gradient.pointer(),
                points.pointer(),
                dw.pointer(),
                p.n,
                p.height,
                p.width,
                p.in,
                p.out,
                p.padding,
                p.size,
                threads);
            NativeCpu.sumRows(
                gradient.pointer(), p.outSize() / p.out, p.out, db.pointer(), threads);
            points.read();
            return new float[][] {y.read(), dx.read(), dw.read(), db.read()};
          }
        });
  }

  private static void filters(
      int in, int out, Case p, Guarded filter, Guarded points, boolean backward, int threads) {
    NativeCpu.winogradFilter(
        filter.pointer(), points.pointer(), in, out, p.size, backward, threads);
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1,32,32,1,2",
    "1,1,1,32,32,1,4",
    "3,7,5,32,64,1,2",
    "3,7,5,64,32,1,4",
    "2,13,9,64,64,1,4",
    "5,4,4,96,32,1,4",
    "4,16,16,32,32,1,2",
    "4,16,16,32,32,1,4",
    "1,3,3,32,32,0,4",
    "2,9,14,32,64,0,2",
    "2,11,8,32,64,0,4",
    "1,1,1,32,32,2,2",
    "2,6,9,64,32,2,4"
  })
  void followsTheDirectSum(int n, int height, int width, int in, int out, int padding, int size) {
    Case p = new Case(n, height, width, in, out, padding, size);
    Random random = new Random(p.hashCode());
    float[] x = Variants.normal(random, p.inSize());
    float[] w = Variants.normal(random, 9 * in * out);
    float[] bias = Variants.normal(random, out);
    float[] dy = Variants.normal(random, p.outSize());
    double[][] expected = {
      new double[p.outSize()], new double[p.inSize()], new double[w.length], new double[out]
    };
    for (int i = 0; i < dy.length; i++) {
      expected[0][i] = bias[i % out];
      expected[3][i % out] += dy[i];
    }
    forEachProduct(
        p,
        (xi, wi, yi) -> {
          expected[0][yi] += (double) x[xi] * w[wi];
          expected[1][xi] += (double) dy[yi] * w[wi];
          expected[2][wi] += (double) dy[yi] * x[xi];
        });
    float[][] found = run(p, x, w, bias, dy);
    for (int i = 0; i < expected.length; i++) {
      double apart = distance(expected[i], found[i]);
      assertTrue(apart < TOLERANCE, p + ", output " + i + ": " + apart);
    }
  }

  /** Norm of the difference over norm of what is expected. */
  private static double distance(double[] expected, float[] found) {
    double apart = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      apart += Math.pow(found[i] - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return Math.sqrt(apart / norm);
  }

  @ParameterizedTest
  @CsvSource({"16,32,2", "32,48,4", "32,32,3"})
  void channelsAndSizesThatDoNotFitAreRefused(int in, int out, int size) {
    try (Guarded any = Guarded.filled(36 * (32 * 48 + 64), 0f)) {
      RuntimeException e =
          assertThrows(
              RuntimeException.class,
              () ->
                  NativeCpu.winogradFilter(any.pointer(), any.pointer(), in, out, size, false, 1));
      assertTrue(e.getMessage().startsWith("winograd: expected a size of 2 or 4"));
    }
  }
}
