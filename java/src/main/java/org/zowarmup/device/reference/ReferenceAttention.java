package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Attention;

/** {@link Attention} as its steps write it, one sample and head at a time. */
final class ReferenceAttention {
  private final int batch;
  private final int tokens;
  private final int channels;
  private final int heads;
  private final int width;
  private final double scale;

  private ReferenceAttention(ReferenceProgram program, Attention.Forward op) {
    this.batch = program.batch();
    this.tokens = op.tokens();
    this.channels = op.channels();
    this.heads = op.heads();
    this.width = op.width();
    this.scale = 1 / Math.sqrt(width);
  }

  /** The row of a token in [B, tokens, 3, heads, width]; part 0 q, 1 k, 2 v. */
  private Tensor input(Tensor x, int n, int token, int part, int head) {
    return x.part(((n * tokens + token) * 3 + part) * channels + head * width, width);
  }

  /** The row of a token in [B, tokens, heads, width]. */
  private Tensor output(Tensor y, int n, int token, int head) {
    return y.part((n * tokens + token) * channels + head * width, width);
  }

  /** The row of a query in [B, heads, tokens, tokens]. */
  private Tensor pairs(Tensor p, int n, int head, int query) {
    return p.part(((n * heads + head) * tokens + query) * tokens, tokens);
  }

  private double dot(Tensor a, Tensor b) {
    return a.dot(0, 0, b, 0, width);
  }

  /** to = factor * from, added to what is there. */
  private void add(Tensor from, double factor, Tensor to) {
    to.add(0, factor, from, 0, width);
  }

  static Step forward(ReferenceProgram program, Attention.Forward op) {
    ReferenceAttention attention = new ReferenceAttention(program, op);
    Tensor x = program.at(op.x());
    Tensor y = program.at(op.y());
    Tensor p = program.at(op.probabilities());
    return count -> attention.forward(x, y, p);
  }

  private void forward(Tensor x, Tensor y, Tensor p) {
    for (int n = 0; n < batch; n++) {
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < tokens; i++) {
          Tensor row = pairs(p, n, h, i);
          for (int j = 0; j < tokens; j++) {
            row.set(j, scale * dot(input(x, n, i, 0, h), input(x, n, j, 1, h)));
          }
          softmax(row);
          Tensor out = output(y, n, i, h);
          out.clear();
          for (int j = 0; j < tokens; j++) {
            add(input(x, n, j, 2, h), row.get(j), out);
          }
        }
      }
    }
  }

  private static void softmax(Tensor row) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < row.size(); j++) {
      largest = Math.max(largest, row.get(j)); // NaN stays
    }
    double sum = 0;
    for (int j = 0; j < row.size(); j++) {
      row.set(j, Math.exp(row.get(j) - largest));
      sum += row.get(j);
    }
    for (int j = 0; j < row.size(); j++) {
      row.set(j, row.get(j) / sum);
    }
  }

  static Step backward(ReferenceProgram program, Attention.Backward op) {
    ReferenceAttention attention = new ReferenceAttention(program, op.forward());
    Tensor x = program.at(op.forward().x());
    Tensor p = program.at(op.forward().probabilities());
    Tensor dy = program.at(op.dy());
    Tensor dx = program.at(op.dx());
    Tensor ds = program.at(op.dscores());
    return count -> {
      dx.clear();
      for (int n = 0; n < attention.batch; n++) {
        for (int h = 0; h < attention.heads; h++) {
          for (int i = 0; i < attention.tokens; i++) {
            attention.query(n, h, i, x, p, dy, dx, ds);
          }
        }
      }
    };
  }

  /** Adds the part of query i to dx. */
  private void query(int n, int h, int i, Tensor x, Tensor p, Tensor dy, Tensor dx, Tensor ds) {
    Tensor pi = pairs(p, n, h, i);
    Tensor dyi = output(dy, n, i, h);
    Tensor row = pairs(ds, n, h, i);
    double sum = 0;
    for (int j = 0; j < tokens; j++) {
      row.set(j, dot(dyi, input(x, n, j, 2, h)));
      sum += pi.get(j) * row.get(j);
      add(dyi, pi.get(j), input(dx, n, j, 2, h));
    }
    for (int j = 0; j < tokens; j++) {
      row.set(j, pi.get(j) * (row.get(j) - sum));
      add(input(x, n, j, 1, h), scale * row.get(j), input(dx, n, i, 0, h));
      add(input(x, n, i, 0, h), scale * row.get(j), input(dx, n, j, 1, h));
    }
  }
}
