package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;

class GroupNormTest {
  private static final double EPS = 1e-5;

  /** n, pixels, channels, groups: few and many channels, awkward ones, one pixel, one group. */
  private static final int[][] SHAPES = {
    {3, 49, 8, 2},
    {2, 784, 8, 2},
    {5, 196, 16, 2},
    {2, 1, 10, 5},
    {1, 7, 1, 1},
    {3, 65, 3, 1},
    {2, 300, 24, 3},
    {2, 33, 96, 4},
    {2, 16, 512, 2},
    {2, 64, 64, 64},
    {4, 13, 20, 2},
    {1, 1024, 64, 2}
  };

  @Test
  void forwardIsTheFormula() {
    for (int[] shape : SHAPES) {
      for (boolean relu : new boolean[] {false, true}) {
        for (boolean residual : new boolean[] {false, true}) {
          forward(formula(shape, relu), residual, false);
          forward(formula(shape, relu), residual, true);
        }
      }
    }
  }

  private static GroupNormFormula formula(int[] shape, boolean relu) {
    return new GroupNormFormula(shape[0], shape[1], shape[2], shape[3], EPS, relu);
  }

  private static void forward(GroupNormFormula f, boolean withResidual, boolean inPlace) {
    Random random = new Random(f.hashCode());
    float[] x = Variants.normal(random, f.elements());
    float[] residual = withResidual ? Variants.normal(random, f.elements()) : null;
    float[] gain = Variants.normal(random, f.channels());
    float[] bias = Variants.normal(random, f.channels());
    float[][] found =
        Variants.sameBits(
            f.toString(), threads -> run(f, x, residual, gain, bias, inPlace, threads));
    double[] expected = f.forward(widen(x), widen(residual), widen(gain), widen(bias));
    assertClose(expected, found[0], 4e-6, f + " y");
    double[][] statistics = f.statistics(widen(x));
    for (int g = 0; g < f.n() * f.groups(); g++) {
      assertEquals(statistics[0][g], found[1][g], 3e-7, f + " mean " + g);
      double rstd = 1 / Math.sqrt(statistics[1][g] + EPS);
      assertEquals(rstd, found[2][g], 1e-6 * rstd, f + " rstd " + g);
    }
  }

  private static float[][] run(
      GroupNormFormula f,
      float[] x,
      float[] residual,
      float[] gain,
      float[] bias,
      boolean inPlace,
      int threads) {
    try (Guarded input = new Guarded(x);
        Guarded other = residual == null ? null : new Guarded(residual, 1);
        FloatPointer scale = new FloatPointer(gain);
        FloatPointer shift = new FloatPointer(bias);
        Guarded apart = Guarded.filled(x.length, 2f);
        Guarded mean = Guarded.filled(f.n() * f.groups(), 2f);
        Guarded rstd = Guarded.filled(f.n() * f.groups(), 2f)) {
      Guarded output = inPlace ? input : apart;
      NativeCpu.groupNormForward(
          input.pointer(),
          other == null ? null : other.pointer(),
          scale,
          shift,
          output.pointer(),
          mean.pointer(),
          rstd.pointer(),
          f.n(),
          f.pixels(),
          f.channels(),
          f.groups(),
          f.eps(),
          f.relu(),
          threads);
      return new float[][] {output.read(), mean.read(), rstd.read()};
    }
  }

  /** A mean a thousand times the deviation: E x^2 - (E x)^2 in float would lose every digit. */
  @Test
  void statisticsSurviveALargeMean() {
    for (int[] shape : List.of(new int[] {2, 784, 8, 2}, new int[] {2, 64, 256, 2})) {
      GroupNormFormula f = formula(shape, false);
      float[] x = Variants.normal(new Random(3), f.elements());
      for (int i = 0; i < x.length; i++) {
        x[i] += 1000f;
      }
      float[] ones = new float[f.channels()];
      Arrays.fill(ones, 1f);
      float[] zeros = new float[f.channels()];
      float[][] found = run(f, x, null, ones, zeros, false, 1);
      double[][] statistics = f.statistics(widen(x));
      for (int g = 0; g < f.n() * f.groups(); g++) {
        assertEquals(statistics[0][g], found[1][g], 4e-5, "mean: half an ulp of 1000");
        double rstd = 1 / Math.sqrt(statistics[1][g] + EPS);
        assertEquals(rstd, found[2][g], 1e-6 * rstd, "rstd");
      }
    }
  }

  @Test
  void inferenceNeedsNoStatistics() {
    GroupNormFormula f = formula(new int[] {2, 49, 8, 2}, true);
    float[] x = Variants.normal(new Random(4), f.elements());
    float[] gain = Variants.normal(new Random(5), 8);
    float[] bias = Variants.normal(new Random(6), 8);
    float[] expected = run(f, x, null, gain, bias, false, 1)[0];
    try (Guarded input = new Guarded(x);
        FloatPointer scale = new FloatPointer(gain);
        FloatPointer shift = new FloatPointer(bias)) {
      FloatPointer p = input.pointer();
      NativeCpu.groupNormForward(p, null, scale, shift, p, null, null, 2, 49, 8, 2, EPS, true, 1);
      Variants.assertBits(expected, input.read(), "y");
    }
  }

  @Test
  void backwardIsTheFormula() {
    for (int[] shape : SHAPES) {
      for (boolean masked : new boolean[] {false, true}) {
        for (boolean residual : new boolean[] {false, true}) {
          backward(formula(shape, masked), residual);
        }
      }
    }
  }

  private static void backward(GroupNormFormula f, boolean residual) {
    Random random = new Random(f.hashCode());
    float[] x = Variants.normal(random, f.elements());
    float[] y = Variants.normal(random, f.elements());
    float[] dy = Variants.normal(random, f.elements());
    float[] gain = Variants.normal(random, f.channels());
    float[] gradient = dy.clone();
    for (int i = 0; i < y.length; i++) {
      gradient[i] = f.relu() && !(y[i] > 0) ? 0 : dy[i];
    }
    double[][] expected = f.backward(widen(x), widen(gradient), widen(gain));
    for (boolean inPlace : new boolean[] {false, true}) {
      float[][] found =
          Variants.sameBits(
              f + " backward",
              threads -> runBackward(f, x, y, dy, gain, residual, inPlace, threads));
      double bound = 5e-7 * termsOfDx(f, x, gradient, gain);
      assertClose(expected[0], found[0], bound, f + " dx");
      double terms = Math.sqrt((double) f.n() * f.pixels());
      assertClose(expected[1], found[1], 2e-6 * terms, f + " dgain");
      assertClose(expected[2], found[2], 2e-6 * terms, f + " dbias");
      if (residual) {
        Variants.assertBits(gradient, found[3], f + " dresidual");
      }
    }
  }

  /** The greatest of the terms that make up dx; they may cancel to anything smaller. */
  private static double termsOfDx(GroupNormFormula f, float[] x, float[] gradient, float[] gain) {
    double greatest = 0;
    for (int i = 0; i < x.length; i++) {
      greatest = Math.max(greatest, Math.abs(gradient[i] * gain[i % f.channels()]));
    }
    double smallest = Double.MAX_VALUE;
    for (double variance : f.statistics(widen(x))[1]) {
      smallest = Math.min(smallest, variance);
    }
    return 3 * greatest / Math.sqrt(smallest + f.eps());
  }

  private static float[][] runBackward(
      GroupNormFormula f,
      float[] x,
      float[] y,
      float[] dy,
      float[] gain,
      boolean residual,
      boolean inPlace,
      int threads) {
    double[][] statistics = f.statistics(widen(x));
    float[] mean = new float[f.n() * f.groups()];
    float[] rstd = new float[f.n() * f.groups()];
    for (int g = 0; g < mean.length; g++) {
      mean[g] = (float) statistics[0][g];
      rstd[g] = (float) (1 / Math.sqrt(statistics[1][g] + f.eps()));
    }
    try (Guarded input = new Guarded(x);
        Guarded output = new Guarded(y, 1);
        Guarded above = new Guarded(dy, 2);
        FloatPointer scale = new FloatPointer(gain);
        FloatPointer means = new FloatPointer(mean);
        FloatPointer rstds = new FloatPointer(rstd);
        Guarded apart = Guarded.filled(x.length, 2f);
        Guarded dresidual = Guarded.filled(x.length, 2f);
        Guarded dgain = Guarded.filled(f.channels(), 2f);
        Guarded dbias = Guarded.filled(f.channels(), 2f)) {
      Guarded dx = inPlace ? above : apart;
      NativeCpu.groupNormBackward(
          input.pointer(),
          f.relu() ? output.pointer() : null,
          above.pointer(),
          scale,
          means,
          rstds,
          dx.pointer(),
          residual ? dresidual.pointer() : null,
          dgain.pointer(),
          dbias.pointer(),
          f.n(),
          f.pixels(),
          f.channels(),
          f.groups(),
          threads);
      return new float[][] {dx.read(), dgain.read(), dbias.read(), dresidual.read()};
    }
  }

  /** The formula's own gradients against central differences, so that the two cannot err alike. */
  @Test
  void theFormulasGradientsAreDifferences() {
    GroupNormFormula f = formula(new int[] {2, 5, 6, 3}, true);
    Random random = new Random(7);
    double[] x = widen(Variants.normal(random, f.elements()));
    double[] gain = widen(Variants.normal(random, 6));
    double[] bias = widen(Variants.normal(random, 6));
    double[] dy = widen(Variants.normal(random, f.elements()));
    double[] y = f.forward(x, null, gain, bias);
    double[] gradient = dy.clone();
    for (int i = 0; i < y.length; i++) {
      gradient[i] = y[i] > 0 ? dy[i] : 0;
    }
    double[][] found = f.backward(x, gradient, gain);
    double[][] inputs = {x, gain, bias};
    for (int k = 0; k < inputs.length; k++) {
      for (int i = 0; i < inputs[k].length; i++) {
        double h = 1e-6;
        double kept = inputs[k][i];
        inputs[k][i] = kept + h;
        double above = dot(dy, f.forward(x, null, gain, bias));
        inputs[k][i] = kept - h;
        double below = dot(dy, f.forward(x, null, gain, bias));
        inputs[k][i] = kept;
        assertEquals((above - below) / (2 * h), found[k][i], 1e-6, "input " + k + ", " + i);
      }
    }
  }

  @Test
  void refusesGroupsThatDoNotDivide() {
    try (FloatPointer p = new FloatPointer(100)) {
      RuntimeException refusal =
          assertThrows(
              RuntimeException.class,
              () ->
                  NativeCpu.groupNormForward(
                      p, null, p, p, p, null, null, 1, 10, 10, 3, EPS, false, 1));
      assertTrue(refusal.getMessage().contains("3 groups"), refusal.getMessage());
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void assertClose(double[] expected, float[] found, double bound, String what) {
    for (int i = 0; i < expected.length; i++) {
      double allowed = bound * Math.max(1, Math.abs(expected[i]));
      assertEquals(expected[i], found[i], allowed, what + " " + i);
    }
  }

  private static double[] widen(float[] values) {
    if (values == null) {
      return null;
    }
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
