package org.zowarmup.nn.op;

import java.util.List;
import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;

/**
 * Pooling without padding over square windows; pixels that fill no whole window are left out, as in
 * PyTorch.
 *
 * @param kind maximum (the gradient goes to the first maximum of a window) or average
 * @param kernel height and width of a window; {@link #WHOLE} for the whole image
 * @param stride step in both directions
 */
public record Pool(Kind kind, int kernel, int stride) implements Layer {
  /** A window as large as the image. */
  public static final int WHOLE = 0;

  /** The value that is taken of a window. */
  public enum Kind {
    MAX,
    AVERAGE
  }

  public Pool {
    if (kernel < 0 || stride < 1) {
      throw new IllegalArgumentException(
          "pooling: kernel " + kernel + " must be at least 0, stride " + stride + " at least 1");
    }
  }

  public static Pool max(int kernel) {
    return new Pool(Kind.MAX, kernel, kernel);
  }

  /** The mean over all pixels, [1, 1, C]. */
  public static Pool globalAverage() {
    return new Pool(Kind.AVERAGE, WHOLE, 1);
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

  @Override
  public void lower(Lowering.Place at) {
    at.add(new Forward(at.name(), this, at.inputShape(), at.shape(), at.input(), at.output()));
  }

  /** y = maximum or mean of each window of x, channel by channel. */
  public record Forward(String node, Pool pool, Shape in, Shape out, Plan.Value x, Plan.Value y)
      implements Op.Differentiable {
    @Override
    public Io io() {
      return Io.from(x).to(y);
    }

    @Override
    public void differentiate(Lowering plan) {
      plan.add(new Backward(this, plan.gradient(y), plan.newGradient(x)));
    }
  }

  /**
   * dx = dy at the first maximum of each window, which is found again from x, or spread evenly over
   * it; the sum where windows overlap.
   */
  public record Backward(Forward forward, Plan.Value dy, Plan.Value dx) implements Op.Gradient {
    @Override
    public Io io() {
      Plan.Value x = forward.pool.kind() == Kind.MAX ? forward.x : null;
      return Io.from(x, dy).to(dx);
    }
  }
}
