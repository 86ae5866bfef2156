package org.zowarmup.device.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;

/** Kernels that look at one element at a time. */
final class ElementwiseKernelCases {
  private final boolean bf16;
  private final List<KernelCase> cases = new ArrayList<>();

  private ElementwiseKernelCases(boolean bf16) {
    this.bf16 = bf16;
  }

  static List<KernelCase> all(boolean bf16) {
    ElementwiseKernelCases made = new ElementwiseKernelCases(bf16);
    for (int n : new int[] {1, 13, 207, 4098}) {
      for (int shift : new int[] {0, 1}) {
        made.elementwise(n, shift);
      }
      made.conversions(n);
    }
    made.biases(7, 64, 1);
    made.biases(13, 13, 1);
    made.biases(5, 10, 0);
    return made.cases;
  }

  private KernelCase start(String kernel, int n, int shift) {
    return KernelCase.of(kernel, n + " elements" + (shift == 0 ? "" : ", unaligned"), bf16)
        .grid(2)
        .shifted(shift);
  }

  private static double[] map(float[] a, float[] b, DoubleBinaryOperator f) {
    double[] out = new double[a.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = f.applyAsDouble(a[i], b[i]);
    }
    return out;
  }

  private static double gelu(double x) {
    return x / 2 * (1 + Math.tanh(inner(x)));
  }

  private static double inner(double x) {
    return Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
  }

  private static double geluSlope(double x) {
    double t = Math.tanh(inner(x));
    return (1 + t) / 2 + x / 2 * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
  }

  private static double relu(double v) {
    return v < 0 ? 0 : v;
  }

  private void elementwise(int n, int shift) {
    float[] a = Samples.normal(20, n, bf16);
    float[] b = Samples.normal(21, n, bf16);
    a[n / 2] = Float.NaN; // it must reach the loss
    float[] c = Samples.normal(22, n, bf16);
    unary("reluForward", n, shift, a, map(a, a, (x, y) -> relu(x)));
    unary("geluForward", n, shift, c, map(c, c, (x, y) -> gelu(x)));
    binary("reluBackward", n, shift, c, b, map(c, b, (y, dy) -> y > 0 ? dy : 0));
    binary("geluBackward", n, shift, c, b, map(c, b, (x, dy) -> dy * geluSlope(x)));
    for (int activates : new int[] {0, 1}) {
      double[] sum = map(a, b, (x, y) -> activates == 0 ? x + y : relu(x + y));
      cases.add(
          start("addForward", n, shift)
              .act(a)
              .act(b)
              .act(Samples.unset(n), Verdicts.act(sum, bf16))
              .i64(n)
              .i32(activates));
    }
    double[] sum = map(c, b, Double::sum);
    cases.add(
        start("addForward", n, shift).act(c, Verdicts.act(sum, bf16)).act(b).same(0).i64(n).i32(0));
  }

  /** Into another tensor and in place. */
  private void unary(String kernel, int n, int shift, float[] x, double[] expected) {
    KernelCase.Verdict verdict = Verdicts.act(expected, bf16);
    cases.add(start(kernel, n, shift).act(x).act(Samples.unset(n), verdict).i64(n));
    cases.add(start(kernel, n, shift).act(x, verdict).same(0).i64(n));
  }

  private void binary(String kernel, int n, int shift, float[] x, float[] dy, double[] expected) {
    KernelCase.Verdict verdict = Verdicts.act(expected, bf16);
    cases.add(start(kernel, n, shift).act(x).act(dy).act(Samples.unset(n), verdict).i64(n));
    cases.add(start(kernel, n, shift).act(x).act(dy, verdict).same(1).i64(n));
  }

  private void conversions(int n) {
    float[] x = Samples.normal(23, n);
    x[n / 2] = Float.NaN;
    if (n > 8) { // ties: to even, that is down and up; then just above a tie, and what overflows
      float[] special = {1 + 0x1p-8f, 1 + 0x3p-8f, 1 + 0x1.0002p-8f, Float.MAX_VALUE, -0f};
      System.arraycopy(special, 0, x, 0, special.length);
    }
    double[] stored = new double[n];
    for (int i = 0; i < n; i++) {
      stored[i] = bf16 ? Bf16.round(x[i]) : x[i];
    }
    cases.add(
        start("toCompute", n, 0)
            .floats(x)
            .act(Samples.unset(n), Verdicts.act(stored, bf16, 0))
            .i64(n));
    float[] exact = Samples.normal(24, n, bf16);
    cases.add(
        start("toFloat", n, 0).act(exact).floats(Samples.unset(n), Verdicts.bits(exact)).i64(n));
  }

  private void biases(int rows, int channels, int activates) {
    float[] y = Samples.normal(25, rows * channels, bf16);
    float[] bias = Samples.normal(26, channels);
    double[] expected = new double[y.length];
    for (int i = 0; i < y.length; i++) {
      double v = (double) y[i] + bias[i % channels];
      expected[i] = activates == 0 ? v : relu(v);
    }
    cases.add(
        KernelCase.of("biasAdd", rows + " x " + channels + ", relu " + activates, bf16)
            .grid(2)
            .act(y, Verdicts.act(expected, bf16))
            .floats(bias)
            .i64(rows)
            .i32(channels, activates));
    int chunk = 3;
    int chunks = (rows + chunk - 1) / chunk;
    double[] partials = new double[chunks * channels];
    for (int i = 0; i < y.length; i++) {
      partials[i / channels / chunk * channels + i % channels] += y[i];
    }
    cases.add(
        KernelCase.of("columnSums", rows + " x " + channels, bf16)
            .grid((channels + 31) / 32, chunks)
            .act(y)
            .floats(Samples.unset(partials.length), Verdicts.floats(partials, Verdicts.FP32))
            .i64(rows)
            .i32(channels, chunk));
    for (int parts : new int[] {1, 2}) {
      float[] in = Samples.normal(27, rows * parts * channels);
      double[][] sums = new double[2][channels];
      for (int i = 0; i < in.length; i++) {
        sums[i / channels % parts][i % channels] += in[i];
      }
      KernelCase c =
          KernelCase.of("sumRows", rows + " rows of " + parts + " times " + channels, bf16)
              .grid((parts * channels + 31) / 32)
              .floats(in)
              .floats(Samples.unset(channels), Verdicts.floats(sums[0], Verdicts.FP32));
      if (parts == 1) {
        c.none();
      } else {
        c.floats(Samples.unset(channels), Verdicts.floats(sums[1], Verdicts.FP32));
      }
      cases.add(c.i32(rows, parts, channels));
    }
  }
}
