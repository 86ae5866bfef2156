package org.zowarmup.device.reference;

import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Op;

/** Attention as {@link Op} writes it, one sample and head at a time. */
final class AttentionReference {
  private final int batch;
  private final int tokens;
  private final int channels;
  private final int heads;
  private final int width;
  private final double scale;

  AttentionReference(Attention.Forward op, int batch) {
    this.batch = batch;
    this.tokens = op.tokens();
    this.channels = op.channels();
    this.heads = op.heads();
    this.width = op.width();
    this.scale = 1 / Math.sqrt(width);
  }

  /** Position in [B, tokens, 3, heads, width] of a row's first element; part 0 q, 1 k, 2 v. */
  private int input(int n, int token, int part, int head) {
    return ((n * tokens + token) * 3 + part) * channels + head * width;
  }

  private int output(int n, int token, int head) {
    return (n * tokens + token) * channels + head * width;
  }

  private int pair(int n, int head, int query) {
    return ((n * heads + head) * tokens + query) * tokens;
  }

  private double dot(double[] arena, int a, int b) {
    double sum = 0;
    for (int c = 0; c < width; c++) {
      sum += arena[a + c] * arena[b + c];
    }
    return sum;
  }

  /** to = factor * from, added to what is there. */
  private void add(double[] arena, int from, double factor, int to) {
    for (int c = 0; c < width; c++) {
      arena[to + c] += factor * arena[from + c];
    }
  }

  private void zero(double[] arena, int at) {
    java.util.Arrays.fill(arena, at, at + width, 0);
  }

  void forward(double[] arena, int x, int y, int p) {
    for (int n = 0; n < batch; n++) {
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < tokens; i++) {
          int row = p + pair(n, h, i);
          for (int j = 0; j < tokens; j++) {
            arena[row + j] = scale * dot(arena, x + input(n, i, 0, h), x + input(n, j, 1, h));
          }
          softmax(arena, row);
          int out = y + output(n, i, h);
          zero(arena, out);
          for (int j = 0; j < tokens; j++) {
            add(arena, x + input(n, j, 2, h), arena[row + j], out);
          }
        }
      }
    }
  }

  private void softmax(double[] arena, int row) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < tokens; j++) {
      largest = Math.max(largest, arena[row + j]); // NaN stays
    }
    double sum = 0;
    for (int j = 0; j < tokens; j++) {
      arena[row + j] = Math.exp(arena[row + j] - largest);
      sum += arena[row + j];
    }
    for (int j = 0; j < tokens; j++) {
      arena[row + j] /= sum;
    }
  }

  void backward(double[] arena, int x, int p, int dy, int dx, int ds) {
    for (int n = 0; n < batch; n++) {
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < tokens; i++) {
          for (int part = 0; part < 3; part++) {
            zero(arena, dx + input(n, i, part, h));
          }
        }
        for (int i = 0; i < tokens; i++) {
          query(arena, n, h, i, x, p + pair(n, h, i), dy + output(n, i, h), dx, ds);
        }
      }
    }
  }

  /** What query i contributes; pr and dyi are the positions of its row of p and of dy. */
  private void query(double[] arena, int n, int h, int i, int x, int pr, int dyi, int dx, int ds) {
    int row = ds + pair(n, h, i);
    double sum = 0;
    for (int j = 0; j < tokens; j++) {
      arena[row + j] = dot(arena, dyi, x + input(n, j, 2, h));
      sum += arena[pr + j] * arena[row + j];
      add(arena, dyi, arena[pr + j], dx + input(n, j, 2, h));
    }
    for (int j = 0; j < tokens; j++) {
      arena[row + j] = arena[pr + j] * (arena[row + j] - sum);
      add(arena, x + input(n, j, 1, h), scale * arena[row + j], dx + input(n, i, 0, h));
      add(arena, x + input(n, i, 0, h), scale * arena[row + j], dx + input(n, j, 1, h));
    }
  }
}
