package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Conv;

/** {@link Conv} as its definition reads: x [B,H,W,I], weight [O,K,K,I], y [B,H',W',O]. */
final class ReferenceConv {
  private final Conv.Forward op;
  private final int batch;
  private final int kernel;
  private final int inChannels;
  private final int outChannels;

  private ReferenceConv(ReferenceProgram program, Conv.Forward op) {
    this.op = op;
    this.batch = program.batch();
    this.kernel = op.conv().kernel();
    this.inChannels = op.in().channels();
    this.outChannels = op.out().channels();
  }

  /** Called for each pair of an output pixel and a tap that lies inside the image. */
  private interface Tap {
    /** The arguments are positions of first channels, in y, x and the first filter. */
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

  static Step forward(ReferenceProgram program, Conv.Forward op) {
    ReferenceConv conv = new ReferenceConv(program, op);
    Tensor x = program.at(op.x());
    Tensor y = program.at(op.y());
    Tensor weight = program.weight(op.weight());
    Tensor bias = program.weight(op.bias());
    return count -> {
      for (int i = 0; i < y.size(); i++) {
        y.set(i, bias == null ? 0 : bias.get(i % conv.outChannels));
      }
      conv.forEachTap(
          (out, in, tap) -> {
            for (int o = 0; o < conv.outChannels; o++) {
              y.add(out + o, weight.dot(0, conv.filter(o) + tap, x, in, conv.inChannels));
            }
          });
    };
  }

  static Step backwardData(ReferenceProgram program, Conv.BackwardData op) {
    ReferenceConv conv = new ReferenceConv(program, op.forward());
    Tensor dy = program.at(op.dy());
    Tensor dx = program.at(op.dx());
    Tensor weight = program.weight(op.forward().weight());
    return count -> {
      dx.clear();
      conv.forEachTap(
          (out, in, tap) -> {
            for (int o = 0; o < conv.outChannels; o++) {
              dx.add(in, dy.get(out + o), weight, conv.filter(o) + tap, conv.inChannels);
            }
          });
    };
  }

  static Step backwardParameters(ReferenceProgram program, Conv.BackwardParameters op) {
    ReferenceConv conv = new ReferenceConv(program, op.forward());
    Tensor x = program.at(op.forward().x());
    Tensor dy = program.at(op.dy());
    Tensor weight = program.gradient(op.forward().weight());
    Tensor bias = program.gradient(op.forward().bias());
    return count -> {
      conv.forEachTap(
          (out, in, tap) -> {
            for (int o = 0; o < conv.outChannels; o++) {
              weight.add(conv.filter(o) + tap, dy.get(out + o), x, in, conv.inChannels);
            }
          });
      if (bias != null) {
        for (int i = 0; i < dy.size(); i++) {
          bias.add(i % conv.outChannels, dy.get(i));
        }
      }
    };
  }
}
