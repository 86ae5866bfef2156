package org.zowarmup.device.reference;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.device.kernels.Bf16;
import org.zowarmup.device.kernels.KernelCase;
import org.zowarmup.device.kernels.Samples;
import org.zowarmup.device.kernels.Verdicts;

/** The pieces of a vision transformer beside its matrix products; formulas as nn.op has them. */
public final class TokenKernelCases {
  private final boolean bf16;
  private final List<KernelCase> cases = new ArrayList<>();

  private TokenKernelCases(boolean bf16) {
    this.bf16 = bf16;
  }

  public static List<KernelCase> all(boolean bf16) {
    TokenKernelCases made = new TokenKernelCases(bf16);
    made.heads(2, 5, 3, 7);
    made.heads(1, 17, 2, 32);
    for (int columns : new int[] {1, 13, 65, 207}) {
      made.softmax(9, columns);
    }
    for (boolean bias : new boolean[] {false, true}) {
      made.embedding(3, 5, 13, true, bias);
      made.embedding(2, 16, 24, false, bias);
      made.attention(2, 5, 3, 7, bias);
      made.attention(1, 37, 2, 16, bias); // more queries than the warps take at once
    }
    made.tails(7, 64);
    made.tails(5, 13);
    made.select(3, 5, 13, 0);
    made.select(2, 7, 24, 6);
    return made.cases;
  }

  private KernelCase start(String kernel, String what) {
    return KernelCase.of(kernel, what, bf16).grid(2);
  }

  private void heads(int batch, int tokens, int heads, int size) {
    int n = batch * tokens * heads * size;
    float[] packed = Samples.normal(50, 3 * n, bf16);
    double[][] qkv = new double[3][n];
    double[] merged = new double[n];
    float[] flat = new float[n];
    for (int b = 0; b < batch; b++) {
      for (int t = 0; t < tokens; t++) {
        for (int h = 0; h < heads; h++) {
          for (int d = 0; d < size; d++) {
            int apart = ((b * heads + h) * tokens + t) * size + d;
            for (int part = 0; part < 3; part++) {
              int from = (((b * tokens + t) * 3 + part) * heads + h) * size + d;
              qkv[part][apart] = packed[from];
            }
            int together = ((b * tokens + t) * heads + h) * size + d;
            merged[together] = packed[apart];
            flat[apart] = packed[apart];
          }
        }
      }
    }
    int[] shape = {batch, tokens, heads, size};
    String what = batch + " x " + tokens + " tokens, " + heads + " heads of " + size;
    KernelCase split = start("splitHeads", what).act(packed);
    KernelCase join = start("joinQkv", what);
    for (int part = 0; part < 3; part++) {
      split.act(Samples.unset(n), Verdicts.act(qkv[part], bf16, 0));
      join.act(floats(qkv[part]));
    }
    cases.add(split.i32(shape));
    cases.add(
        join.act(Samples.unset(3 * n), Verdicts.act(Samples.doubles(packed), bf16, 0)).i32(shape));
    cases.add(
        start("mergeHeads", what)
            .act(flat)
            .act(Samples.unset(n), Verdicts.act(merged, bf16, 0))
            .i32(shape));
    cases.add(
        start("unmergeHeads", what)
            .act(floats(merged))
            .act(Samples.unset(n), Verdicts.act(Samples.doubles(flat), bf16, 0))
            .i32(shape));
  }

  private static float[] floats(double[] v) {
    float[] out = new float[v.length];
    for (int i = 0; i < v.length; i++) {
      out[i] = (float) v[i];
    }
    return out;
  }

  private void softmax(int rows, int columns) {
    float scale = 0.37f;
    int n = rows * columns;
    float[] x = Samples.normal(51, n);
    for (int i = 0; i < columns; i++) {
      x[i] += 1000; // would overflow without the maximum
    }
    x[n - 1] = Float.NaN;
    double[] y = new double[n];
    for (int row = 0; row < rows; row++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < columns; c++) {
        max = Math.max(max, (double) scale * x[row * columns + c]);
      }
      double sum = 0;
      for (int c = 0; c < columns; c++) {
        sum += Math.exp((double) scale * x[row * columns + c] - max);
      }
      for (int c = 0; c < columns; c++) {
        y[row * columns + c] = Math.exp((double) scale * x[row * columns + c] - max) / sum;
      }
    }
    String what = rows + " x " + columns;
    double tolerance = bf16 ? Verdicts.BF16 : 1e-4; // scores near 370 have an ulp of 3e-5
    cases.add(
        start("softmaxForward", what)
            .floats(x)
            .act(Samples.unset(n), Verdicts.act(y, bf16, tolerance))
            .i64(rows)
            .i32(columns)
            .f32(scale));
    if (!bf16) {
      cases.add(
          start("softmaxForward", what + ", in place")
              .floats(x, Verdicts.floats(y, tolerance))
              .same(0)
              .i64(rows)
              .i32(columns)
              .f32(scale));
    }
    softmaxBackward(rows, columns, scale, what);
  }

  private void softmaxBackward(int rows, int columns, float scale, String what) {
    int n = rows * columns;
    float[] p = Samples.normal(52, n, bf16);
    float[] dy = Samples.normal(53, n);
    double[] dx = new double[n];
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int c = 0; c < columns; c++) {
        sum += (double) p[row * columns + c] * dy[row * columns + c];
      }
      for (int c = 0; c < columns; c++) {
        int i = row * columns + c;
        dx[i] = scale * p[i] * (dy[i] - sum);
      }
    }
    KernelCase.Verdict verdict = Verdicts.act(dx, bf16, bf16 ? Verdicts.BF16 : 1e-4);
    cases.add(
        start("softmaxBackward", what)
            .act(p)
            .floats(dy)
            .act(Samples.unset(n), verdict)
            .i64(rows)
            .i32(columns)
            .f32(scale));
    if (!bf16) {
      cases.add(
          start("softmaxBackward", what + ", in place")
              .act(p)
              .floats(dy, verdict)
              .same(1)
              .i64(rows)
              .i32(columns)
              .f32(scale));
    }
  }

  private void attention(int batch, int tokens, int heads, int size, boolean biased) {
    int channels = heads * size;
    float scale = (float) (1 / Math.sqrt(size));
    float[] qkv = Samples.normal(60, batch * tokens * 3 * channels, bf16);
    float[] bias = Samples.normal(61, 3 * channels);
    double[] whole = new double[qkv.length];
    for (int i = 0; i < whole.length; i++) {
      float v = biased ? qkv[i] + bias[i % (3 * channels)] : qkv[i];
      whole[i] = bf16 ? Bf16.round(v) : v;
    }
    double[] y = new double[batch * tokens * channels];
    double[] p = new double[batch * heads * tokens * tokens];
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < heads; h++) {
        for (int t = 0; t < tokens; t++) {
          int row = ((b * heads + h) * tokens + t) * tokens;
          double sum = 0;
          for (int j = 0; j < tokens; j++) {
            double dot = 0;
            for (int d = 0; d < size; d++) {
              dot +=
                  whole[at(b, t, 0, h, d, tokens, heads, size)]
                      * whole[at(b, j, 1, h, d, tokens, heads, size)];
            }
            p[row + j] = Math.exp(scale * dot);
            sum += p[row + j];
          }
          for (int j = 0; j < tokens; j++) {
            p[row + j] /= sum;
            for (int d = 0; d < size; d++) {
              y[((b * tokens + t) * heads + h) * size + d] +=
                  p[row + j] * whole[at(b, j, 2, h, d, tokens, heads, size)];
            }
          }
        }
      }
    }
    int t4 = (tokens + 3) / 4 * 4;
    int d4 = (size + 3) / 4 * 4;
    String what = batch + " x " + tokens + " tokens, " + heads + " heads of " + size;
    KernelCase c =
        KernelCase.of("attentionForward", what + (biased ? ", bias" : ""), bf16)
            .grid(heads, batch)
            .shared(4L * (tokens * (d4 + 4) + d4 * (t4 + 4) + 32 * (d4 + t4)))
            .act(qkv);
    if (biased) {
      c.floats(bias).act(Samples.unset(y.length), Verdicts.act(y, bf16)).none();
    } else {
      c.none()
          .act(Samples.unset(y.length), Verdicts.act(y, bf16))
          .act(Samples.unset(p.length), Verdicts.act(p, bf16));
    }
    cases.add(c.i32(tokens, heads, size).f32(scale));
  }

  private static int at(int b, int t, int part, int h, int d, int tokens, int heads, int size) {
    return (((b * tokens + t) * 3 + part) * heads + h) * size + d;
  }

  /** What follows the product of a linear layer. */
  private void tails(int rows, int channels) {
    int n = rows * channels;
    float epsilon = 1e-6f;
    float[] product = Samples.normal(62, n, bf16);
    float[] bias = Samples.normal(63, channels);
    float[] other = Samples.normal(64, n, bf16);
    float[] gain = Samples.normal(65, channels);
    float[] shift = Samples.normal(66, channels);
    double[] biased = new double[n];
    double[] gelu = new double[n];
    double[] sum = new double[n];
    for (int i = 0; i < n; i++) {
      float v = product[i] + bias[i % channels];
      double x = bf16 ? Bf16.round(v) : v;
      biased[i] = x;
      gelu[i] = x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      sum[i] = bf16 ? Bf16.round((float) (x + other[i])) : x + other[i];
    }
    double[] y = new double[n];
    double[] mean = new double[rows];
    double[] rstd = new double[rows];
    for (int row = 0; row < rows; row++) {
      double squares = 0;
      for (int c = 0; c < channels; c++) {
        mean[row] += sum[row * channels + c] / channels;
      }
      for (int c = 0; c < channels; c++) {
        squares += Math.pow(sum[row * channels + c] - mean[row], 2);
      }
      rstd[row] = 1 / Math.sqrt(squares / channels + epsilon);
      for (int c = 0; c < channels; c++) {
        int i = row * channels + c;
        y[i] = (sum[i] - mean[row]) * rstd[row] * gain[c] + shift[c];
      }
    }
    String what = rows + " x " + channels;
    for (int keeps : new int[] {0, 1}) { // in place of the product where that is not kept
      KernelCase c = start("biasGelu", what + ", keeps " + keeps);
      if (keeps == 1) {
        c.act(product, Verdicts.act(biased, bf16)).floats(bias);
        c.act(Samples.unset(n), Verdicts.act(gelu, bf16));
      } else {
        c.act(product, Verdicts.act(gelu, bf16)).floats(bias).same(0);
      }
      cases.add(c.i64(rows).i32(channels, keeps));
    }
    double tolerance = bf16 ? 2 * Verdicts.BF16 : Verdicts.FP32;
    cases.add(
        start("biasAddNorm", what)
            .act(product)
            .floats(bias)
            .act(other)
            .act(Samples.unset(n), Verdicts.act(sum, bf16))
            .floats(gain)
            .floats(shift)
            .act(Samples.unset(n), Verdicts.act(y, bf16, tolerance))
            .floats(Samples.unset(rows), Verdicts.floats(mean, 1e-5))
            .floats(Samples.unset(rows), Verdicts.floats(rstd, 1e-5))
            .i64(rows)
            .i32(channels)
            .f32(epsilon));
    cases.add( // the sum in place of the other, the norm in place of the product
        start("biasAddNorm", what + ", in place")
            .act(product, Verdicts.act(y, bf16, tolerance))
            .floats(bias)
            .act(other, Verdicts.act(sum, bf16))
            .same(2)
            .floats(gain)
            .floats(shift)
            .same(0)
            .none()
            .none()
            .i64(rows)
            .i32(channels)
            .f32(epsilon));
    cases.add(
        start("biasAddNorm", what + ", no norm")
            .act(product)
            .floats(bias)
            .act(other)
            .act(Samples.unset(n), Verdicts.act(sum, bf16))
            .none()
            .none()
            .none()
            .none()
            .none()
            .i64(rows)
            .i32(channels)
            .f32(0));
  }

  private void embedding(int batch, int tokens, int channels, boolean classToken, boolean biased) {
    int sample = tokens * channels;
    int before = classToken ? channels : 0;
    float[] x = Samples.normal(54, batch * (sample - before), bf16);
    float[] token = Samples.normal(55, channels);
    float[] positions = Samples.normal(56, sample);
    float[] bias = Samples.normal(67, channels);
    double[] y = new double[batch * sample];
    for (int i = 0; i < y.length; i++) {
      int within = i % sample;
      double v = within < before ? token[within] : 0;
      if (within >= before) {
        float patch = x[i / sample * (sample - before) + within - before];
        float with = biased ? patch + bias[within % channels] : patch;
        v = bf16 ? Bf16.round(with) : with;
      }
      y[i] = v + positions[within];
    }
    int[] shape = {batch, tokens, channels};
    String what = batch + " x " + tokens + " x " + channels + (classToken ? ", class token" : "");
    KernelCase c = start("embedTokens", what + (biased ? ", bias" : "")).act(x);
    if (biased) {
      c.floats(bias);
    } else {
      c.none();
    }
    if (classToken) {
      c.floats(token);
    } else {
      c.none();
    }
    cases.add(c.floats(positions).act(Samples.unset(y.length), Verdicts.act(y, bf16)).i32(shape));
    if (biased) {
      return;
    }
    float[] dy = Samples.normal(57, y.length, bf16);
    double[] dpositions = new double[sample];
    double[] dx = new double[x.length];
    for (int i = 0; i < dy.length; i++) {
      dpositions[i % sample] += dy[i];
      if (i % sample >= before) {
        dx[i / sample * (sample - before) + i % sample - before] = dy[i];
      }
    }
    KernelCase back = start("embedTokensBackward", what).act(dy);
    if (classToken) {
      double[] dtoken = java.util.Arrays.copyOf(dpositions, channels);
      back.floats(Samples.unset(channels), Verdicts.floats(dtoken, Verdicts.FP32));
      cases.add(
          start("dropClassToken", what)
              .act(dy)
              .act(Samples.unset(dx.length), Verdicts.act(dx, bf16, 0))
              .i32(shape));
    } else {
      back.none();
    }
    cases.add(
        back.floats(Samples.unset(sample), Verdicts.floats(dpositions, Verdicts.FP32)).i32(shape));
  }

  private void select(int batch, int tokens, int channels, int index) {
    float[] x = Samples.normal(58, batch * tokens * channels, bf16);
    float[] dy = Samples.normal(59, batch * channels, bf16);
    double[] y = new double[dy.length];
    double[] dx = new double[x.length];
    for (int i = 0; i < y.length; i++) {
      int at = (i / channels * tokens + index) * channels + i % channels;
      y[i] = x[at];
      dx[at] = dy[i];
    }
    String what = "token " + index + " of " + batch + " x " + tokens + " x " + channels;
    cases.add(
        start("selectToken", what)
            .act(x)
            .act(Samples.unset(y.length), Verdicts.act(y, bf16, 0))
            .i32(batch, tokens, channels, index));
    cases.add(
        start("selectTokenBackward", what)
            .act(dy)
            .act(Samples.unset(dx.length), Verdicts.act(dx, bf16, 0))
            .i32(batch, tokens, channels, index));
  }
}
