package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Pool;

/** {@link Pool} as its definition reads, x [B,H,W,C], y [B,H',W',C]. */
final class ReferencePool {
  private final Pool.Forward op;
  private final int batch;
  private final int windowHeight;
  private final int windowWidth;
  private final int channels;

  private ReferencePool(ReferenceProgram program, Pool.Forward op) {
    this.op = op;
    this.batch = program.batch();
    this.windowHeight = op.pool().windowHeight(op.in());
    this.windowWidth = op.pool().windowWidth(op.in());
    this.channels = op.in().channels();
  }

  /** Called for each window and channel. */
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
  private int largest(Tensor x, int corner) {
    int best = inWindow(corner, 0);
    for (int i = 1; i < windowSize(); i++) {
      int candidate = inWindow(corner, i);
      double v = x.get(candidate);
      if (v > x.get(best) || Double.isNaN(v)) {
        best = candidate;
      }
    }
    return best;
  }

  private double mean(Tensor x, int corner) {
    double sum = 0;
    for (int i = 0; i < windowSize(); i++) {
      sum += x.get(inWindow(corner, i));
    }
    return sum / windowSize();
  }

  static Step forward(ReferenceProgram program, Pool.Forward op) {
    ReferencePool pool = new ReferencePool(program, op);
    Tensor x = program.at(op.x());
    Tensor y = program.at(op.y());
    if (op.pool().kind() == Pool.Kind.MAX) {
      return count ->
          pool.forEachWindow((out, corner) -> y.set(out, x.get(pool.largest(x, corner))));
    }
    return count -> pool.forEachWindow((out, corner) -> y.set(out, pool.mean(x, corner)));
  }

  static Step backward(ReferenceProgram program, Pool.Backward op) {
    ReferencePool pool = new ReferencePool(program, op.forward());
    Tensor x = program.at(op.forward().x());
    Tensor dy = program.at(op.dy());
    Tensor dx = program.at(op.dx());
    boolean max = op.forward().pool().kind() == Pool.Kind.MAX;
    return count -> {
      dx.clear();
      pool.forEachWindow(
          (out, corner) -> {
            if (max) {
              dx.add(pool.largest(x, corner), dy.get(out));
              return;
            }
            for (int i = 0; i < pool.windowSize(); i++) {
              dx.add(pool.inWindow(corner, i), dy.get(out) / pool.windowSize());
            }
          });
    };
  }
}
