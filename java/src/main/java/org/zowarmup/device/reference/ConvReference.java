package org.zowarmup.device.reference;

import java.util.Arrays;
import org.zowarmup.nn.op.Conv;

/** A convolution as its definition reads: x [B,H,W,I], weight [O,K,K,I], y [B,H',W',O]. */
final class ConvReference {
  private final Conv.Forward op;
  private final int batch;
  private final int kernel;
  private final int inChannels;
  private final int outChannels;

  ConvReference(Conv.Forward op, int batch) {
    this.op = op;
    this.batch = batch;
    this.kernel = op.conv().kernel();
    this.inChannels = op.in().channels();
    this.outChannels = op.out().channels();
  }

  /**
   * What is done for each pair of an output pixel and a tap that lies inside the image; positions
   * of their first channels.
   */
  private interface Tap {
    void visit(int outPixel, int inPixel, int tap);
  }

  private void forEachTap(Tap visitor) {
    for (int n = 0; n < batch; n++) {
      for (int oy = 0; oy < op.out().height(); oy++) {
        for (int ox = 0; ox < op.out().width(); ox++) {
          int outPixel = ((n * op.out().height() + oy) * op.out().width() + ox) * outChannels;
          for (int ky = 0; ky < kernel; ky++) {
            for (int kx = 0; kx < kernel; kx++) {
              int iy = oy * op.conv().stride() + ky - op.conv().padding();
              int ix = ox * op.conv().stride() + kx - op.conv().padding();
              if (iy >= 0 && iy < op.in().height() && ix >= 0 && ix < op.in().width()) {
                int inPixel = ((n * op.in().height() + iy) * op.in().width() + ix) * inChannels;
                visitor.visit(outPixel, inPixel, (ky * kernel + kx) * inChannels);
              }
            }
          }
        }
      }
    }
  }

  private int filter(int output) {
    return output * kernel * kernel * inChannels;
  }

  private int outElements() {
    return batch * op.out().elements();
  }

  void forward(double[] arena, int x, int y, double[] weights, int weight, int bias) {
    for (int i = 0; i < outElements(); i++) {
      arena[y + i] = bias < 0 ? 0 : weights[bias + i % outChannels];
    }
    forEachTap(
        (out, in, tap) -> {
          for (int o = 0; o < outChannels; o++) {
            double sum = 0;
            for (int c = 0; c < inChannels; c++) {
              sum += weights[weight + filter(o) + tap + c] * arena[x + in + c];
            }
            arena[y + out + o] += sum;
          }
        });
  }

  void backwardData(double[] arena, int dy, int dx, double[] weights, int weight) {
    Arrays.fill(arena, dx, dx + batch * op.in().elements(), 0);
    forEachTap(
        (out, in, tap) -> {
          for (int o = 0; o < outChannels; o++) {
            double g = arena[dy + out + o];
            for (int c = 0; c < inChannels; c++) {
              arena[dx + in + c] += g * weights[weight + filter(o) + tap + c];
            }
          }
        });
  }

  void backwardParameters(double[] arena, int x, int dy, double[] gradients, int weight, int bias) {
    forEachTap(
        (out, in, tap) -> {
          for (int o = 0; o < outChannels; o++) {
            double g = arena[dy + out + o];
            for (int c = 0; c < inChannels; c++) {
              gradients[weight + filter(o) + tap + c] += g * arena[x + in + c];
            }
          }
        });
    if (bias >= 0) {
      for (int i = 0; i < outElements(); i++) {
        gradients[bias + i % outChannels] += arena[dy + i];
      }
    }
  }
}
