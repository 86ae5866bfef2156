package org.zowarmup.nn;

import java.util.List;

/**
 * Pooling without padding over square windows; pixels that fill no whole window are left out, as in
 * PyTorch.
 *
 * @param kind maximum (the gradient goes to the first maximum of a window) or average
 * @param kernel height and width of a window; {@link #WHOLE} for the whole image
 * @param stride step in both directions
 */
public record Pool2d(Kind kind, int kernel, int stride) implements Layer {
  /** A window as large as the image. */
  public static final int WHOLE = 0;

  /** What is taken of a window. */
  public enum Kind {
    MAX,
    AVERAGE
  }

  public Pool2d {
    if (kernel < 0 || stride < 1) {
      throw new IllegalArgumentException(
          "pooling: kernel " + kernel + " must be at least 0, stride " + stride + " at least 1");
    }
  }

  public static Pool2d max(int kernel) {
    return new Pool2d(Kind.MAX, kernel, kernel);
  }

  /** The mean over all pixels, [1, 1, C]. */
  public static Pool2d globalAverage() {
    return new Pool2d(Kind.AVERAGE, WHOLE, 1);
  }

  public int windowHeight(Shape in) {
    return kernel == WHOLE ? in.height() : kernel;
  }

  public int windowWidth(Shape in) {
    return kernel == WHOLE ? in.width() : kernel;
  }

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    Shape in = inputs.get(0);
    if (windowHeight(in) > in.height() || windowWidth(in) > in.width()) {
      throw new ShapeException(
          node, "an input of at least " + kernel + " pixels a side", in.toString());
    }
    return new Shape(
        (in.height() - windowHeight(in)) / stride + 1,
        (in.width() - windowWidth(in)) / stride + 1,
        in.channels());
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    Shape in = inputs.get(0);
    return (long) output.elements() * windowHeight(in) * windowWidth(in);
  }
}
