package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;

/**
 * 3x3 convolutions of stride 1 by the program's own kernels: Winograd's minimal filtering (Lavin
 * and Gray 2016, arXiv 1509.09308) needs a half to a quarter of the products that oneDNN's direct
 * sum does. The filters are transformed just before each pass.
 */
final class WinogradSteps {
  private static final int KERNEL = 3;
  private static final int SMALL = 2;
  private static final int LARGE = 4;

  /**
   * Tiles from which the fewer products of large ones outweigh their filters, which are 36 numbers
   * for every 9 instead of 16.
   */
  private static final long TILES_FOR_LARGE = 24;

  private WinogradSteps() {}

  static boolean fit(Conv.Forward op) {
    return op.conv().kernel() == KERNEL
        && op.conv().stride() == 1
        && op.conv().padding() == 1
        && op.bias() == null
        && op.in().channels() % NativeCpu.WINOGRAD_CHANNELS == 0
        && op.out().channels() % NativeCpu.WINOGRAD_CHANNELS == 0
        && NativeCpu.isa() >= NativeCpu.ISA_AVX2;
  }

  private static int size(Lane lane, Shape shape) {
    long rows = ((long) shape.height() + LARGE - 1) / LARGE;
    long columns = ((long) shape.width() + LARGE - 1) / LARGE;
    return lane.batch() * rows * columns >= TILES_FOR_LARGE ? LARGE : SMALL;
  }

  static Step forward(Lane lane, Conv.Forward op) {
    return step(lane, op, lane.at(op.x()), lane.at(op.y()), false);
  }

  static Step backwardData(Lane lane, Conv.BackwardData back) {
    return step(lane, back.forward(), lane.at(back.dy()), lane.at(back.dx()), true);
  }

  static Step backwardParameters(Lane lane, Conv.BackwardParameters back) {
    Conv.Forward op = back.forward();
    Shape shape = op.in();
    int size = size(lane, shape);
    long in = op.in().channels();
    long out = op.out().channels();
    FloatPointer x = lane.at(op.x());
    FloatPointer dy = lane.at(back.dy());
    lane.reserveFilters(NativeCpu.winogradFilterElements(in, out, size));
    return count ->
        NativeCpu.winogradGradient(
            x,
            dy,
            lane.filters(),
            lane.gradient(op.weight()),
            lane.batch(),
            shape.height(),
            shape.width(),
            in,
            out,
            size,
            lane.threads());
  }

  private static Step step(
      Lane lane, Conv.Forward op, FloatPointer from, FloatPointer to, boolean backward) {
    Shape shape = op.in();
    int size = size(lane, shape);
    long in = (backward ? op.out() : op.in()).channels();
    long out = (backward ? op.in() : op.out()).channels();
    lane.reserveFilters(NativeCpu.winogradFilterElements(in, out, size));
    return count -> {
      FloatPointer filters = lane.filters();
      NativeCpu.winogradFilter(
          lane.weight(op.weight()), filters, in, out, size, backward, lane.threads());
      NativeCpu.winogradConvolution(
          from,
          filters,
          to,
          lane.batch(),
          shape.height(),
          shape.width(),
          in,
          out,
          size,
          lane.threads());
    };
  }
}
