package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Linear layers of few rows, forward and backward with the step of SGD, against their definition in
 * double, with the same bits on every instruction set and team.
 */
class LinearTest {
  private static final float LR = 0.25f;

  private static float[][] run(
      int rows, int in, int out, float[][] given, float decay, boolean inPlace) {
    return Variants.sameBits(
        rows + " rows, " + in + " to " + out,
        threads -> {
          try (Guarded x = new Guarded(given[0], 1);
              Guarded w = new Guarded(given[1], 3);
              Guarded bias = new Guarded(given[2], 2);
              Guarded dy = new Guarded(given[3], 1);
              Guarded y = Guarded.filled(rows * out, 7f);
              Guarded dx = Guarded.filled(rows * in, 7f)) {
            NativeCpu.linearForward(
                x.pointer(), w.pointer(), bias.pointer(), y.pointer(), rows, in, out, threads);
            Guarded to = inPlace ? x : dx;
            NativeCpu.linearBackwardSgd(
                x.pointer(),
                dy.pointer(),
                w.pointer(),
                to.pointer(),
                rows,
                in,
                out,
                LR,
                decay,
                threads);
            return new float[][] {y.read(), to.read(), w.read()};
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "1,16,2,0,false",
    "3,48,6,0.5,false",
    "10,4112,10,0.5,true",
    "12,1024,4,0,true",
    "13,528,8,0,false",
    "32,160,34,0.125,true"
  })
  void followsItsDefinition(int rows, int in, int out, float decay, boolean inPlace) {
    Random random = new Random(31L * rows + in);
    float[][] given = {
      Variants.normal(random, rows * in),
      Variants.normal(random, out * in),
      Variants.normal(random, out),
      Variants.normal(random, rows * out)
    };
    double[] y = new double[rows * out];
    double[] dx = new double[rows * in];
    double[] stepped = new double[out * in];
    for (int k = 0; k < out; k++) {
      for (int n = 0; n < rows; n++) {
        y[n * out + k] = given[2][k];
      }
      for (int i = 0; i < in; i++) {
        double weight = given[1][k * in + i];
        double gradient = decay * weight;
        for (int n = 0; n < rows; n++) {
          y[n * out + k] += given[0][n * in + i] * weight;
          dx[n * in + i] += given[3][n * out + k] * weight;
          gradient += (double) given[3][n * out + k] * given[0][n * in + i];
        }
        stepped[k * in + i] = weight - LR * gradient;
      }
    }
    float[][] found = run(rows, in, out, given, decay, inPlace);
    assertClose(y, found[0], Math.sqrt(in), "y");
    assertClose(dx, found[1], Math.sqrt(out), "dx");
    assertClose(stepped, found[2], Math.sqrt(rows), "w");
  }

  private static void assertClose(double[] expected, float[] found, double scale, String what) {
    for (int i = 0; i < found.length; i++) {
      assertEquals(expected[i], found[i], 4e-6 * scale, what + ", element " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"0,16,2", "1,24,2", "1,16,3"})
  void sizesThatDoNotFitAreRefused(int rows, int in, int out) {
    try (Guarded any = Guarded.filled(128, 0f)) {
      RuntimeException e =
          assertThrows(
              RuntimeException.class,
              () ->
                  NativeCpu.linearForward(
                      any.pointer(),
                      any.pointer(),
                      any.pointer(),
                      any.pointer(),
                      rows,
                      in,
                      out,
                      1));
      assertTrue(e.getMessage().startsWith("linear: expected at least one row"), e.getMessage());
    }
  }
}
