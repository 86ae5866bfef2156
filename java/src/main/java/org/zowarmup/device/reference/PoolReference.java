package org.zowarmup.device.reference;

import java.util.Arrays;
import org.zowarmup.nn.op.Pool;

/** Pooling as its definition reads, x [B,H,W,C], y [B,H',W',C]. */
final class PoolReference {
  private final Pool.Forward op;
  private final int batch;
  private final int windowHeight;
  private final int windowWidth;
  private final int channels;

  PoolReference(Pool.Forward op, int batch) {
    this.op = op;
    this.batch = batch;
    this.windowHeight = op.pool().windowHeight(op.in());
    this.windowWidth = op.pool().windowWidth(op.in());
    this.channels = op.in().channels();
  }

  /** What is done for each window and channel. */
  private interface Window {
    /**
     * @param out position of the output element
     * @param corner position of the window's first element
     */
    void visit(int out, int corner);
  }

  private void forEachWindow(Window visitor) {
    int out = 0;
    for (int n = 0; n < batch; n++) {
      for (int oy = 0; oy < op.out().height(); oy++) {
        for (int ox = 0; ox < op.out().width(); ox++) {
          int row = n * op.in().height() + oy * op.pool().stride();
          int pixel = row * op.in().width() + ox * op.pool().stride();
          for (int c = 0; c < channels; c++) {
            visitor.visit(out++, pixel * channels + c);
          }
        }
      }
    }
  }

  private int inWindow(int corner, int i) {
    int y = i / windowWidth;
    int x = i % windowWidth;
    return corner + (y * op.in().width() + x) * channels;
  }

  private int windowSize() {
    return windowHeight * windowWidth;
  }

  /** Position of the first maximum; a NaN counts as largest, as in PyTorch. */
  private int largest(double[] arena, int x, int corner) {
    int best = inWindow(corner, 0);
    for (int i = 1; i < windowSize(); i++) {
      int candidate = inWindow(corner, i);
      double v = arena[x + candidate];
      if (v > arena[x + best] || Double.isNaN(v)) {
        best = candidate;
      }
    }
    return best;
  }

  void maxForward(double[] arena, int x, int y) {
    forEachWindow((out, corner) -> arena[y + out] = arena[x + largest(arena, x, corner)]);
  }

  void maxBackward(double[] arena, int x, int dy, int dx) {
    clear(arena, dx);
    forEachWindow((out, corner) -> arena[dx + largest(arena, x, corner)] += arena[dy + out]);
  }

  void averageForward(double[] arena, int x, int y) {
    forEachWindow(
        (out, corner) -> {
          double sum = 0;
          for (int i = 0; i < windowSize(); i++) {
            sum += arena[x + inWindow(corner, i)];
          }
          arena[y + out] = sum / windowSize();
        });
  }

  void averageBackward(double[] arena, int dy, int dx) {
    clear(arena, dx);
    forEachWindow(
        (out, corner) -> {
          for (int i = 0; i < windowSize(); i++) {
            arena[dx + inWindow(corner, i)] += arena[dy + out] / windowSize();
          }
        });
  }

  private void clear(double[] arena, int dx) {
    Arrays.fill(arena, dx, dx + batch * op.in().elements(), 0);
  }
}
